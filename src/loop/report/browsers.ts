import { formatPercent } from './format.ts';
import { heatMap } from './heatMap.ts';
import { type Content, type Markup, markup } from './markup.ts';
import type { AnswersShown, JudgedRound, PromptAnswers, ReportData } from './reportData.ts';

/** Prompts that a page shows where scripts do not run. */
const STATIC = 3;

/** Prompts with the answers of the base and of a round's policy, side by side, to be looked through. */
export function answersBrowser({ answers }: ReportData): Content {
  if (answers === undefined) return undefined;
  const options = answers.rounds.map((round, at) => ({ value: at + 1, label: `after round ${round}` })).reverse();
  return markup`<section id="answers"><h2>Answers before and after</h2>
<p class="hint">${held(answers)}</p>
${controls('answers', options)}<div class="shown">${answers.prompts.slice(0, STATIC).map((entry) => example(entry, answers))}</div></section>`;
}

function held({ total, prompts }: AnswersShown): string {
  return prompts.length === total
    ? `All ${total} held-out prompts.`
    : `The first ${prompts.length} of ${total} held-out prompts; the others are in the run's Arrow files.`;
}

function example({ prompt, answers }: PromptAnswers, { rounds }: AnswersShown): Markup {
  const after = rounds.length === 0 ? undefined : answers.at(-1);
  return markup`<article class="card example">
<div class="prompt"><h3>Prompt</h3><p dir="auto">${prompt}</p></div>
<div><h3>Before: the base</h3>${paragraph(answers[0])}</div>
${after === undefined ? undefined : markup`<div class="after"><h3>After: round ${rounds.at(-1)}</h3>${paragraph(after)}</div>\n`}</article>
`;
}

function paragraph(text: string | null | undefined): Markup {
  return (text ?? null) === null ? markup`<p class="none">no answer</p>` : markup`<p dir="auto">${text!}</p>`;
}

/** What the judge said: the mean matrix of each round by rank, and the answers to each prompt by rank. */
export function judgedBrowser({ judged }: ReportData): Content {
  if (judged.length === 0) return undefined;
  const options = judged.map(({ round }, at) => ({ value: at, label: `round ${round}` })).reverse();
  const maps = judged.map((round) =>
    heatMap({
      title: `Round ${round.round}: preferences by rank`,
      subtitle: `% in which the row's answer beats the column's, mean over ${round.total} prompts${failures(round)}`,
      names: round.byRank.map((_, rank) => String(rank + 1)),
      matrix: round.byRank,
    }),
  );
  const shown = judged.map(({ round, prompts, total }) => `round ${round}: ${prompts.length} of ${total}`);
  return markup`<section><h2>Judgments</h2><div class="charts">${maps}</div></section>
<section id="judged"><h2>Judged answers</h2>
<p class="hint">Answers to one prompt from the best to the worst by mean win rate, and the judge's matrix. Prompts here: ${shown.join(', ')}.</p>
${controls('judged', options)}<div class="shown">${judgedExample(judged.at(-1)!)}</div></section>`;
}

function failures({ failed }: JudgedRound): string {
  return failed === 0 ? '' : `; ${failed} comparisons failed`;
}

function judgedExample({ prompts }: JudgedRound): Content {
  const first = prompts[0];
  if (first === undefined) return undefined;
  const items = first.answers.map(
    ({ text, winRate, role }) =>
      markup`<li class="${role ?? ''}"><h3>${winRate === null ? 'not judged' : `wins ${formatPercent(winRate)}`}${role === undefined ? '' : `, ${role}`}</h3><p dir="auto">${text}</p></li>\n`,
  );
  return markup`<article class="card judged"><div class="prompt"><h3>Prompt</h3><p dir="auto">${first.prompt}</p></div>
<ol class="ranked">
${items}</ol></article>`;
}

/** Search box, choice of the round, previous and next; hidden until the script runs. */
function controls(name: string, options: readonly { value: number; label: string }[]): Markup {
  const choices = options.map(({ value, label }) => markup`<option value="${value}">${label}</option>`);
  return markup`<div class="controls" hidden="hidden">
<input type="search" placeholder="Search (/)" aria-label="Search prompts and answers" id="${name}-search">
<select aria-label="Round" id="${name}-round">${choices}</select>
<span class="turn"><button type="button" aria-label="Previous">←</button><output>1</output><button type="button" aria-label="Next">→</button></span>
</div>
`;
}

import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import { tournament, type Comparison, type Judge, type Verdict } from '../judges/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';
import { pace } from './pace.ts';
import { inLockstep } from './inLockstep.ts';

export interface JudgeStageOptions {
  judge: Judge;
  prompts: readonly PromptRow[];
  samples: readonly SampleRow[];
  /** `all` (default): every two answers to a prompt; `tournament`: those that INPO's tournament needs, 11 for 8 answers. */
  comparisons?: 'all' | 'tournament';
  /** Share of failures up to which a file that is there counts as done; above it what failed is asked again. Default 1. */
  maxFailed?: number;
}

/** Compares the answers to each prompt with one another: the upper half of the K x K matrix of each prompt, or a tournament. */
export async function judgeStage(loop: Loop, round: number, options: JudgeStageOptions): Promise<JudgmentRow[]> {
  const path = loop.run.stagePath(round, 'judgments.arrow');
  const known = loop.run.has(path) ? await readArrowFile(path, 'judgments') : [];
  const sound = known.filter(({ error }) => error === null);
  if (known.length > 0 && known.length - sound.length <= (options.maxFailed ?? 1) * known.length) return known;
  return loop.time(round, 'judge', async () => {
    const rows = await judgeSamples(loop, round, options, sound);
    await writeArrowFile(path, 'judgments', rows);
    return rows;
  });
}

/** Comparisons of a part, at least. */
const PART = 4096;

/**
 * Compares the answers to each prompt with one another; nothing is kept.
 *
 * @param known judgments that are not asked again
 */
export async function judgeSamples(
  loop: Loop,
  round: number,
  options: JudgeStageOptions,
  known: readonly JudgmentRow[] = [],
): Promise<JudgmentRow[]> {
  const knownRows = new Map(known.map((row) => [idOf(row.prompt_id, row.i, row.j), row]));
  const prompts = new Map(options.prompts.map((prompt) => [prompt.id, prompt]));
  const groups = [...groupByPrompt(options.samples)];
  const rows: JudgmentRow[][] = [];
  const ask = async (questions: readonly Question[]): Promise<(number | undefined)[]> => {
    const asked = questions.filter(({ promptId, first, second }) => !knownRows.has(idOf(promptId, first.k, second.k)));
    const items = asked.map(({ promptId, first, second }): Comparison => ({
      id: idOf(promptId, first.k, second.k),
      prompt: prompts.get(promptId)!.messages,
      a: first.text,
      b: second.text,
      columns: prompts.get(promptId)!,
    }));
    const follow = pace();
    const verdictOf = new Map<string, Verdict>();
    for (const part of partsOf(items, asked)) {
      const before = verdictOf.size;
      const onProgress = (done: number): void =>
        loop.progress(`round ${round}: judged ${follow(before + done, items.length)}`);
      const verdicts = await options.judge.compare(part, { signal: loop.signal, onProgress });
      part.forEach(({ id }, at) => verdictOf.set(id, verdicts[at]!));
    }
    const answers = questions.map(({ promptId, first, second }): JudgmentRow => {
      const id = idOf(promptId, first.k, second.k);
      const { pFirst, error, raw } = verdictOf.get(id) ?? {};
      return (
        knownRows.get(id) ?? {
          prompt_id: promptId,
          i: first.k,
          j: second.k,
          p_i_beats_j: pFirst ?? null,
          error: error ?? null,
          judge_id: options.judge.id,
          raw: raw ?? null,
        }
      );
    });
    rows.push(answers);
    return answers.map(({ p_i_beats_j: p }) => p ?? undefined);
  };
  if (options.comparisons === 'tournament') await playTournaments(groups, ask);
  else await ask(groups.flatMap(([promptId, answers]) => allPairs(promptId, answers)));
  return rows.flat();
}

/**
 * Comparisons that a judge gets together, of whole prompts, as it reads an answer once for all that it is compared with. It
 * holds what it reads in memory.
 */
function partsOf(items: readonly Comparison[], asked: readonly Question[]): Comparison[][] {
  const parts: Comparison[][] = [];
  asked.forEach(({ promptId }, at) => {
    const part = parts.at(-1);
    const goesOn = part && (part.length < PART || promptId === asked[at - 1]!.promptId);
    if (goesOn) part.push(items[at]!);
    else parts.push([items[at]!]);
  });
  return parts;
}

const idOf = (promptId: string, i: number, j: number): string => `${promptId}:${i}:${j}`;

interface Question {
  promptId: string;
  first: SampleRow;
  second: SampleRow;
}

function allPairs(promptId: string, answers: readonly SampleRow[]): Question[] {
  return answers.flatMap((first, at) => answers.slice(at + 1).map((second) => ({ promptId, first, second })));
}

/** Plays the tournaments of all prompts side by side, so that the judge gets their matches together. */
async function playTournaments(
  groups: readonly (readonly [string, SampleRow[]])[],
  ask: (questions: readonly Question[]) => Promise<(number | undefined)[]>,
): Promise<void> {
  await inLockstep(groups, ask, async ([promptId, answers], askTogether) => {
    await tournament(answers.length, (pairs) =>
      askTogether(pairs.map(([i, j]) => ({ promptId, first: answers[i]!, second: answers[j]! }))),
    );
  });
}

import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import { tournament, type Comparison, type Judge } from '../judges/index.ts';
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
}

/** Compares the answers to each prompt with one another: the upper half of the K x K matrix of each prompt, or a tournament. */
export async function judgeStage(loop: Loop, round: number, options: JudgeStageOptions): Promise<JudgmentRow[]> {
  const path = loop.run.stagePath(round, 'judgments.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'judgments');
  return loop.time(round, 'judge', async () => {
    const rows = await judgeSamples(loop, round, options);
    await writeArrowFile(path, 'judgments', rows);
    return rows;
  });
}

/** Compares the answers to each prompt with one another; nothing is kept. */
export async function judgeSamples(loop: Loop, round: number, options: JudgeStageOptions): Promise<JudgmentRow[]> {
  const prompts = new Map(options.prompts.map((prompt) => [prompt.id, prompt]));
  const groups = [...groupByPrompt(options.samples)];
  const rows: JudgmentRow[] = [];
  const ask = async (questions: readonly Question[]): Promise<(number | undefined)[]> => {
    const items = questions.map(({ promptId, first, second }): Comparison => ({
      id: `${promptId}:${first.k}:${second.k}`,
      prompt: prompts.get(promptId)!.messages,
      a: first.text,
      b: second.text,
      columns: prompts.get(promptId)!,
    }));
    const follow = pace();
    const verdicts = await options.judge.compare(items, {
      signal: loop.signal,
      onProgress: (done, total) => loop.progress(`round ${round}: judged ${follow(done, total)} answers`),
    });
    verdicts.forEach(({ pFirst, error, raw }, at) => {
      const { promptId, first, second } = questions[at]!;
      rows.push({
        prompt_id: promptId,
        i: first.k,
        j: second.k,
        p_i_beats_j: pFirst ?? null,
        error: error ?? null,
        judge_id: options.judge.id,
        raw: raw ?? null,
      });
    });
    return verdicts.map(({ pFirst }) => pFirst);
  };
  if (options.comparisons === 'tournament') await playTournaments(groups, ask);
  else await ask(groups.flatMap(([promptId, answers]) => allPairs(promptId, answers)));
  return rows;
}

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

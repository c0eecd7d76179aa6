import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { JudgmentRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import type { Judge } from '../judges/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';

export interface JudgeStageOptions {
  judge: Judge;
  prompts: readonly PromptRow[];
  samples: readonly SampleRow[];
}

/** Compares all answers to a prompt with one another: the upper half of the K x K matrix of each prompt. */
export async function judgeStage(loop: Loop, round: number, options: JudgeStageOptions): Promise<JudgmentRow[]> {
  const path = loop.run.stagePath(round, 'judgments.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'judgments');
  return loop.time(round, 'judge', async () => {
    const messages = new Map(options.prompts.map((prompt) => [prompt.id, prompt.messages]));
    const items = [...groupByPrompt(options.samples)].flatMap(([promptId, answers]) =>
      answers.flatMap((first, at) =>
        answers.slice(at + 1).map((second) => ({
          id: `${promptId}:${first.k}:${second.k}`,
          prompt: messages.get(promptId)!,
          a: first.text,
          b: second.text,
          row: { prompt_id: promptId, i: first.k, j: second.k },
        })),
      ),
    );
    const verdicts = await options.judge.compare(items, {
      signal: loop.signal,
      onProgress: (done, total) => loop.progress(`round ${round}: judged ${done}/${total} answers`),
    });
    const rows = items.map(({ row }, i): JudgmentRow => {
      const { pFirst, error, raw } = verdicts[i]!;
      return {
        ...row,
        p_i_beats_j: pFirst ?? null,
        error: error ?? null,
        judge_id: options.judge.id,
        raw: raw ?? null,
      };
    });
    await writeArrowFile(path, 'judgments', rows);
    return rows;
  });
}

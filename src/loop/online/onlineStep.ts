import type { JudgmentRow, SampleRow, TokenizedPrompt } from '../../../datasets/index.ts';
import type { Judge } from '../../judges/index.ts';
import type { LabelledPairs } from '../../training/index.ts';
import { judgeSamples } from '../judgeStage.ts';
import type { Loop } from '../loop.ts';
import { drawSamples, type SampleStageOptions } from '../sampleStage.ts';
import type { OnlineRows } from './onlineRecords.ts';

/** One step of online training: answers of the policy as it is now, to a few prompts. */
export interface OnlineStep {
  /** Counted from 1 in its round. */
  readonly number: number;
  readonly prompts: readonly TokenizedPrompt[];
  /**
   * Draws answers to each prompt from the policy as it is now, or otherwise than the configuration says. A second call
   * goes on counting `k` where the first one stopped, so that answers of several models can be compared.
   */
  sample(change?: Partial<SampleStageOptions>): Promise<SampleRow[]>;
  /** Compares the answers to each prompt with one another. */
  judge(samples: readonly SampleRow[], by?: Judge): Promise<JudgmentRow[]>;
}

/** What a step trains on, and what is logged of it. */
export interface OnlineExamples extends LabelledPairs {
  /** Summed up over the round. */
  counts?: Record<string, number>;
  /** Logged for the step. */
  values?: Record<string, number>;
}

/** Makes a step; what it samples and judges is added to `rows`. */
export function createOnlineStep(
  loop: Loop,
  round: number,
  number: number,
  {
    prompts,
    drawing,
    judge,
    rows,
  }: {
    prompts: readonly TokenizedPrompt[];
    drawing: Omit<SampleStageOptions, 'prompts'>;
    judge: Judge;
    rows: OnlineRows;
  },
): OnlineStep {
  const messages = prompts.map(({ prompt }) => prompt);
  let draws = 0;
  return {
    number,
    prompts,
    sample: async (change = {}) => {
      draws += 1;
      const drawn = await drawSamples(loop, round, `step ${number}, draw ${draws}`, { ...drawing, prompts, ...change });
      const before = rows.samples.length / prompts.length;
      const numbered = drawn.map((row): SampleRow => {
        const k = before + row.k;
        return { ...row, id: `${row.prompt_id}/${round}/${number}/${k}`, k };
      });
      rows.samples.push(...numbered);
      return numbered;
    },
    judge: async (samples, by = judge) => {
      const judgments = await judgeSamples(loop, round, { judge: by, prompts: messages, samples });
      rows.judgments.push(...judgments);
      return judgments;
    },
  };
}

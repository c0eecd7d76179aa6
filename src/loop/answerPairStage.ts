import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { PairRow, PromptRow, SampleRow } from '../../datasets/index.ts';
import { groupByPrompt } from './groupByPrompt.ts';
import type { Loop } from './loop.ts';

export interface AnswerPairStageOptions {
  prompts: readonly PromptRow[];
  /** The policy's own. */
  samples: readonly SampleRow[];
  /** Those of a dataset, as `answerStage` makes them. */
  answers: readonly SampleRow[];
}

/**
 * Prefers each answer of a dataset to each sample for the same prompt, without a judge and even where the sample is better.
 * Only a sample that is the answer, token for token, makes no pair; such are counted in the metrics `pairs`.
 */
export async function answerPairStage(
  loop: Loop,
  round: number,
  { prompts, samples, answers }: AnswerPairStageOptions,
): Promise<PairRow[]> {
  const path = loop.run.stagePath(round, 'pairs.arrow');
  if (loop.run.has(path)) return readArrowFile(path, 'pairs');
  const messages = new Map(prompts.map((prompt) => [prompt.id, prompt.messages]));
  const sampled = groupByPrompt(samples);
  let sameText = 0;
  const pairs = answers.flatMap((answer) =>
    (sampled.get(answer.prompt_id) ?? []).flatMap((sample): PairRow[] => {
      if (answer.token_ids.join() === sample.token_ids.join()) {
        sameText++;
        return [];
      }
      return [
        {
          id: `${answer.id}/${sample.k}`,
          prompt_id: answer.prompt_id,
          prompt: messages.get(answer.prompt_id)!,
          chosen: answer.text,
          rejected: sample.text,
          chosen_sample_id: answer.id,
          rejected_sample_id: sample.id,
          p_chosen: 1,
          p_rejected: 0,
          p_chosen_beats_rejected: 1,
          weight: 1,
          round,
          provenance: 'answer of the dataset, own sample',
        },
      ];
    }),
  );
  await loop.measure(round, 'pairs', async () => ({ pairs: pairs.length, sameText }));
  await writeArrowFile(path, 'pairs', pairs);
  return pairs;
}

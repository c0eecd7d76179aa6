import type { SampleRow, TokenizedSample } from '../../datasets/index.ts';

/** Samples as the trainer takes them: the very tokens that were sampled, never text tokenized again. */
export function sampleExamples(samples: readonly SampleRow[]): TokenizedSample[] {
  return samples.map(({ id, prompt_token_ids, token_ids }) => ({
    id,
    promptIds: prompt_token_ids,
    completionIds: token_ids,
  }));
}

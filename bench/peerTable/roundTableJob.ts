import { randomStream } from '../../src/base/seed.ts';
import { commonTerms } from './commonTerms.ts';
import { imposedLengths } from './imposedLengths.ts';
import type { TextRowMaterials } from './peerRows.ts';
import type { RoundTableJob } from './peerTableJob.ts';

/** Answers to each prompt, K. */
const ANSWERS = 5;

/** A round of SPPO on all prompts, on the terms of its paper but for the batch. */
export function roundTableJob({ text, ...materials }: TextRowMaterials): RoundTableJob {
  const { tokenizer, judge, prompts } = text;
  return {
    ...commonTerms(materials, 'bf16'),
    kind: 'round',
    tokenizer,
    judge,
    prompts: [...prompts],
    stops: imposedLengths(prompts.length, ANSWERS, randomStream(materials.seed, 'bench', 'round')),
    // Ours: two parts of 64; rows that end are refilled, so more of them cost no padding.
    rows: { ours: 128, peer: 64 },
    beta: 1e-3,
    learningRate: 5e-7,
    weightDecay: 0.01,
    batchSize: 8,
  };
}

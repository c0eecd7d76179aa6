import { join } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { hashWeights, loadWeights, moveTowards, savePolicy, type Policy } from '../../models/index.ts';
import { createSequenceScorer, type ScoredBy, type Trainer } from '../../training/index.ts';
import type { Loop } from '../loop.ts';
import type { Reference } from '../options/roundOptions.ts';
import type { Players } from './players.ts';

/** Scores under the policy that a round's loss measures from. */
export interface ReferencePolicy {
  /** For the round that is about to train the policy, whose weights now have this hash. */
  at(policyHash: string): ScoredBy;
  /** Takes the round's result into the running average; reads it back where it was taken before. */
  update(loop: Loop, round: number): Promise<void>;
  dispose(): void;
}

/** Sequences scored in one call, where a round's are scored together. */
const SCORED_TOGETHER = 64;

export interface ReferenceOptions {
  reference: Reference;
  /** Share of the old average that a round keeps. */
  emaDecay: number;
  /** Sequences of one step, for a method that trains on fresh answers at each step. */
  online?: number | undefined;
}

/** Makes the reference of a run. */
export function createReference(
  { base, average, policy, policyFolder, policyHash, tokenizer, bf16 }: Players,
  trainer: () => Trainer,
  { reference, emaDecay, online }: ReferenceOptions,
): ReferencePolicy {
  const settings = { batchSize: online ?? SCORED_TOGETHER, padToken: tokenizer.padTokenId ?? 0, bf16 };
  const scorer = createSequenceScorer(average ?? base, settings);
  // Divergence from mismatched answers, and all of fresh ones, is taken when the policy has moved on.
  const { loss } = trainer();
  const mustStay = loss.needs.includes('mismatchedKl') || online !== undefined;
  if (mustStay && reference === 'previous') {
    throw new UserError(
      'loop.reference',
      `reference=previous: ${loss.id} asks the reference all through this training, when the previous policy is gone. ` +
        'Set reference=base or reference=ema.',
    );
  }
  let averageHash = policyHash;
  return {
    at: (presentHash) => {
      const modelHash = { base: policyHash, previous: presentHash, ema: averageHash }[reference];
      const isPresent = modelHash === presentHash && !mustStay;
      return { scorer: isPresent ? trainer().scorer : scorer, modelHash };
    },
    update: async (loop, round) => {
      if (!average) return;
      const folder = join(loop.run.round(round), 'average');
      if (loop.run.has(folder)) await loadWeights(average, folder);
      else await take(average, policy, 1 - emaDecay, folder, policyFolder);
      averageHash = await hashWeights(folder);
    },
    dispose: () => scorer.dispose(),
  };
}

async function take(average: Policy, policy: Policy, share: number, folder: string, companions: string): Promise<void> {
  moveTowards(average, policy, share);
  await savePolicy(average, folder, { companions, dtype: 'F32' });
}

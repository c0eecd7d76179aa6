import type { TokenizedPair, TokenizedSample } from '../../datasets/index.ts';
import { SOURCE_OF_INPUT, type LossEntry, type LossInput } from '../../losses/index.ts';
import { extraInputs, formOf } from './lossInputs.ts';
import { referenceLogps, type ReferenceLogps } from './referenceLogps.ts';
import type { ScoreOptions, SequenceScorer } from './sequenceScorer.ts';
import type { LabelledPairs } from './trainPairs.ts';

/** A policy that a loss measures from. */
export interface ScoredBy {
  scorer: SequenceScorer;
  /** Names the weights: `hashWeights`. */
  modelHash: string;
}

export interface LossLabelsOptions extends ScoreOptions {
  loss: LossEntry;
  /** Pairs, or single responses. */
  examples: readonly TokenizedPair[] | readonly TokenizedSample[];
  /** Labels that do not come from a policy, such as win rates and advantages. Those the loss does not read are left out. */
  given: LabelledPairs['labels'];
  /** For losses that need `reference`. */
  reference: ScoredBy;
  /** The policy at the start of the round, for losses that need `previousIterate`. */
  previous: ScoredBy;
  /** Arrow file of the table `logps` that keeps summed log-probabilities. Default: nothing is kept. */
  path?: string | undefined;
}

/** Policies whose log-probabilities are computed here. */
type Scored = 'reference' | 'previousIterate';

/**
 * All that a loss needs beside the policy in training and its batch, by the keys of `extraInputs`: what was given, and the
 * log-probabilities under the policies it measures from. Sums are kept in a file; those of single tokens are computed anew.
 */
export async function lossLabels(options: LossLabelsOptions): Promise<LabelledPairs['labels']> {
  const { loss, examples, given, path, signal, onProgress } = options;
  const following = { ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const models: Readonly<Record<Scored, ScoredBy>> = {
    reference: options.reference,
    previousIterate: options.previous,
  };
  const sums = new Map<Scored, ReferenceLogps>();
  const labels: Record<string, LabelledPairs['labels'][string]> = {};
  for (const key of extraInputs(loss)) {
    const source: string = SOURCE_OF_INPUT[key as LossInput];
    if (key in given) labels[key] = given[key]!;
    else if (source === 'reference' || source === 'previousIterate') {
      const form = formOf(key);
      if (form.per === 'token') {
        const sequences = examples.map((example) => sequenceOf(example, form.side));
        labels[key] = await models[source].scorer.scoreTokens(sequences, following);
      } else {
        const known =
          sums.get(source) ?? (await referenceLogps({ ...models[source], pairs: examples, path, ...following }));
        sums.set(source, known);
        labels[key] = /Rejected|OnRefSample/.test(key) ? known.rejected : known.chosen;
      }
    }
  }
  return labels;
}

function sequenceOf(example: TokenizedPair | TokenizedSample, side: number) {
  const { promptIds } = example;
  if (!('chosenIds' in example)) return { promptIds, completionIds: example.completionIds };
  return { promptIds, completionIds: side === 0 ? example.chosenIds : example.rejectedIds };
}

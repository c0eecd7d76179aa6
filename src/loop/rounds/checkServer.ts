import { UserError } from '../../base/userError.ts';
import { loadPolicy } from '../../models/index.ts';
import type { RemoteResponse, ServedWeights } from '../../sampling/index.ts';
import { createSequenceScorer, type SequenceScorer } from '../../training/index.ts';

/** Differences below this, in nats a token, change nothing that training sees: whose they are is not asked. */
const NEGLIGIBLE = 0.001;

/** An old policy is told by a difference that is smaller by this factor: both have the server's rounding in common. */
const NEARER = 0.8;

export interface CheckServerOptions {
  /** Name of the model and its address, for errors. */
  server: string;
  scorer: SequenceScorer;
  /** As the scorer's. */
  scoring: { batchSize: number; padToken: number; bf16: boolean };
  /** The weights before these, which a server may still have. */
  previous: ServedWeights | undefined;
  /** Mean of the differences, in nats a token, that is too much. */
  maxDifference: number;
  signal: AbortSignal;
}

/** How much a server's log-probabilities differ from ours, in nats a token. */
export interface ServerDifference {
  mean: number;
  most: number;
}

/**
 * Compares the log-probabilities that a server told of responses, each with its prompt, with those of the policy, and of the
 * policy before it.
 *
 * @throws {UserError} `sampling.otherWeights` when they differ too much, `sampling.stale` when they are those of the policy before
 */
export async function checkServer(
  responses: readonly RemoteResponse[],
  prompts: readonly (readonly number[])[],
  { server, scorer, scoring, previous, maxDifference, signal }: CheckServerOptions,
): Promise<ServerDifference> {
  const pairs = responses.map(({ tokenIds }, i) => ({ promptIds: prompts[i]!, completionIds: tokenIds }));
  const own = differences(responses, await scorer.scoreTokens(pairs, { signal }));
  if (!(own.mean <= maxDifference)) throw otherWeights(server, own.mean, maxDifference);
  if (!previous || own.mean < NEGLIGIBLE) return own;
  const policy = await loadPolicy(previous.folder, { frozen: true });
  const before = createSequenceScorer(policy, scoring);
  try {
    const { mean } = differences(responses, await before.scoreTokens(pairs, { signal }));
    if (mean < NEARER * own.mean) throw oldWeights(server, own.mean, mean, previous);
    return own;
  } finally {
    before.dispose();
    policy.dispose();
  }
}

/** Absolute differences of the log-probabilities that the server told. */
function differences(responses: readonly RemoteResponse[], ours: readonly Float32Array[]): ServerDifference {
  const all = responses.flatMap(({ tokenLogProbs }, i) =>
    tokenLogProbs.flatMap((logp, t) => (logp === null ? [] : [Math.abs(logp - ours[i]![t]!)])),
  );
  return {
    mean: all.reduce((sum, gap) => sum + gap, 0) / all.length,
    most: all.reduce((most, gap) => Math.max(most, gap), 0),
  };
}

function otherWeights(server: string, mean: number, most: number): UserError {
  return new UserError(
    'sampling.otherWeights',
    `${server}: its log-probabilities differ from those of this round's weights by ${mean.toFixed(3)} nats a token, ` +
      `${most} may be. It serves other weights under this name, or computes the model otherwise (quantized, another ` +
      'precision). Mend the server, or raise sampling.server.maxDifference, then run again with --resume.',
  );
}

function oldWeights(server: string, mean: number, before: number, { folder }: ServedWeights): UserError {
  return new UserError(
    'sampling.stale',
    `${server}: expected the log-probabilities of this round's weights, found those of the weights before, ${folder} ` +
      `(${mean.toFixed(4)} and ${before.toFixed(4)} nats a token away). It serves old weights under the new name. ` +
      'Stop that server, have sampling.server.reload load the folder that it is given, then run again with --resume.',
  );
}

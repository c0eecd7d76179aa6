import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { createJudgmentStore, type JudgmentStore } from '../../judges/index.ts';
import type { Policy } from '../../models/index.ts';
import {
  createRemoteSampler,
  createSampler,
  serveWeights,
  type GeneratedResponse,
  type GenerateOptions,
  type GenerateRequest,
  type Sampler,
  type ServedWeights,
} from '../../sampling/index.ts';
import { createSequenceScorer } from '../../training/index.ts';
import type { Loop } from '../loop.ts';
import type { PolicyLoopConfig } from './policyLoopConfig.ts';

/** Responses of each draw whose log-probabilities are compared with ours before the others are drawn. */
const COMPARED = 64;

/** Draws from the policy as it is: in this process, or by a server that is given its weights first. */
export interface PolicySampler extends Sampler {
  dispose(): void;
  /** Gives the files of a server's answers back. */
  close(): Promise<void>;
}

export interface PolicySamplerOptions {
  policy: Policy;
  padToken: number;
  /** Of the comparison with a server. */
  bf16: boolean;
  sampling: PolicyLoopConfig['sampling'];
  /** The weights that the policy has now. */
  weights: () => ServedWeights;
  /** Called after each draw of a server with the mean difference of log-probabilities, nats a token. */
  onCompared: (meanDifference: number) => void;
}

/** The sampler that the configuration asks for. */
export function createPolicySampler(loop: Loop, options: PolicySamplerOptions): PolicySampler {
  const { policy, sampling } = options;
  if (sampling.sampler === 'openai-compatible') return serverSampler(loop, options);
  const sampler = createSampler(policy);
  return { ...sampler, close: () => Promise.resolve() };
}

/**
 * A server that is given the policy's weights before each draw. What it draws is kept in `responses.store` of the run's folder
 * as it comes: a run that was stopped asks for the rest. The first responses of each draw are scored by our own policy: a
 * server with other weights, or another idea of the model, is refused.
 */
function serverSampler(loop: Loop, options: PolicySamplerOptions): PolicySampler {
  const { policy, padToken, bf16, sampling } = options;
  const { baseURL, concurrency, timeoutSeconds, maxDifference, ...serving } = sampling.server;
  const scorer = createSequenceScorer(policy, { batchSize: 16, padToken, bf16 });
  const kept = join(loop.run.path, 'responses.store');
  let opened: Promise<JudgmentStore> | undefined;
  const compare = async (
    responses: readonly GeneratedResponse[],
    requests: readonly GenerateRequest[],
    samples: number,
  ): Promise<{ mean: number; most: number }> => {
    const own = await scorer.scoreTokens(
      responses.map(({ tokenIds }, i) => ({
        promptIds: requests[Math.floor(i / samples)]!.promptTokens,
        completionIds: tokenIds,
      })),
      { signal: loop.signal },
    );
    return differences(responses, own);
  };
  const generate = async (requests: readonly GenerateRequest[], generating: GenerateOptions) => {
    const weights = options.weights();
    const served = { ...weights, folder: resolve(weights.folder) };
    const { signal, print } = loop;
    const model = await serveWeights(served, { baseURL, ...serving, signal, onMessage: print });
    const store = await (opened ??= createJudgmentStore(kept));
    const timeoutMs = timeoutSeconds * 1000;
    const remote = createRemoteSampler({ model, baseURL, concurrency, timeoutMs, store, optionNames: OPTION_NAMES });
    const { samples = 1 } = generating;
    const first = requests.slice(0, Math.ceil(COMPARED / samples));
    const { mean, most } = await compare(await remote.generate(first, generating), first, samples);
    options.onCompared(mean);
    print(
      `${model} at ${baseURL}: log-probabilities differ from ours by ${mean.toFixed(4)} nats a token, ${most.toFixed(3)} at most`,
    );
    if (!(mean <= maxDifference)) {
      await store.close();
      opened = undefined;
      await rm(kept, { recursive: true });
      throw otherWeights(model, baseURL, mean, maxDifference);
    }
    return remote.generate(requests, generating);
  };
  return {
    generate,
    dispose: () => scorer.dispose(),
    close: async () => (await opened)?.close(),
  };
}

const OPTION_NAMES = {
  model: 'the model that is served',
  baseURL: 'sampling.server.baseURL',
  apiKey: 'OPENAI_API_KEY',
  concurrency: 'sampling.server.concurrency',
  temperature: 'sampling.temperature',
};

/** Absolute differences of the tokens' log-probabilities, nats. */
function differences(
  responses: readonly GeneratedResponse[],
  own: readonly Float32Array[],
): { mean: number; most: number } {
  const all = responses.flatMap(({ tokenLogProbs }, i) => tokenLogProbs.map((logp, t) => Math.abs(logp - own[i]![t]!)));
  return { mean: all.reduce((sum, gap) => sum + gap, 0) / all.length, most: Math.max(...all) };
}

function otherWeights(model: string, baseURL: string, mean: number, most: number): UserError {
  return new UserError(
    'sampling.otherWeights',
    `${baseURL}: the log-probabilities of "${model}" differ from those of this round's weights by ${mean.toFixed(3)} nats a token, ` +
      `${most} may be. It serves other weights under this name, or computes the model otherwise (quantized, another ` +
      'precision). Mend the server, or raise sampling.server.maxDifference, then run again with --resume.',
  );
}

import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { createJudgmentStore, type JudgmentStore } from '../../judges/index.ts';
import { readEndTokens, type Policy } from '../../models/index.ts';
import {
  createRemoteSampler,
  createSampler,
  serveWeights,
  type GeneratedResponse,
  type GenerateOptions,
  type GenerateRequest,
  type RemoteResponse,
  type Sampler,
  type ServedWeights,
} from '../../sampling/index.ts';
import { createSequenceScorer } from '../../training/index.ts';
import type { Loop } from '../loop.ts';
import { checkServer } from './checkServer.ts';
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
  /** Those that it had before. */
  previous: () => ServedWeights | undefined;
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
 * server with other weights, or another idea of the model, is refused. Log-probabilities that it does not tell are ours.
 */
function serverSampler(loop: Loop, options: PolicySamplerOptions): PolicySampler {
  const { policy, padToken, bf16, sampling } = options;
  const { baseURL, concurrency, timeoutSeconds, maxDifference, apiKeyEnv, ...serving } = sampling.server;
  const apiKey = process.env[apiKeyEnv] ?? '';
  const scoring = { batchSize: 16, padToken, bf16 };
  const scorer = createSequenceScorer(policy, scoring);
  const kept = join(loop.run.path, 'responses.store');
  let opened: Promise<JudgmentStore> | undefined;
  /** Our log-probabilities of responses, each with its prompt. */
  const scored = (responses: readonly RemoteResponse[], prompts: readonly (readonly number[])[]) =>
    scorer.scoreTokens(
      responses.map(({ tokenIds }, i) => ({ promptIds: prompts[i]!, completionIds: tokenIds })),
      { signal: loop.signal },
    );
  const completed = async (responses: readonly RemoteResponse[], prompts: readonly (readonly number[])[]) => {
    const lacking = [...responses.keys()].filter((i) => responses[i]!.tokenLogProbs.includes(null));
    const own = await scored(
      lacking.map((i) => responses[i]!),
      lacking.map((i) => prompts[i]!),
    );
    const ours = new Map(lacking.map((i, at) => [i, own[at]!]));
    return responses.map(({ tokenLogProbs, ...response }, i): GeneratedResponse => ({
      ...response,
      tokenLogProbs: tokenLogProbs.map((logp, t) => logp ?? ours.get(i)![t]!),
    }));
  };
  const check = async (drawn: readonly RemoteResponse[], prompts: readonly (readonly number[])[], server: string) => {
    const previous = options.previous();
    const { signal } = loop;
    try {
      return await checkServer(drawn, prompts, { server, scorer, scoring, previous, maxDifference, signal });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      // What it drew is named after the weights that it should have had.
      await (await opened)?.close();
      opened = undefined;
      await rm(kept, { recursive: true });
      throw error;
    }
  };
  const generate = async (requests: readonly GenerateRequest[], drawing: GenerateOptions) => {
    const weights = options.weights();
    // Servers end there of their own accord.
    const generating = { ...drawing, stopTokens: await readEndTokens(weights.folder) };
    const served = { ...weights, folder: resolve(weights.folder) };
    const { signal, print } = loop;
    const { id: model, dialect } = await serveWeights(served, {
      baseURL,
      apiKey,
      ...serving,
      signal,
      onMessage: print,
    });
    const store = await (opened ??= createJudgmentStore(kept));
    const timeoutMs = timeoutSeconds * 1000;
    const optionNames = { ...OPTION_NAMES, apiKey: apiKeyEnv };
    const connection = { model, baseURL, apiKey, concurrency, timeoutMs, optionNames };
    const remote = createRemoteSampler({ ...connection, dialect, store });
    const { samples = 1 } = generating;
    const prompts = requests.flatMap(({ promptTokens }) => Array.from({ length: samples }, () => promptTokens));
    const drawn = await remote.generate(requests.slice(0, Math.ceil(COMPARED / samples)), generating);
    const { mean, most } = await check(drawn, prompts, `${model} at ${baseURL}`);
    options.onCompared(mean);
    print(
      `${model} at ${baseURL}: log-probabilities differ from ours by ${mean.toFixed(4)} nats a token, ${most.toFixed(3)} at most`,
    );
    return completed(await remote.generate(requests, generating), prompts);
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
  concurrency: 'sampling.server.concurrency',
  temperature: 'sampling.temperature',
};

import { createHash } from 'node:crypto';

import { z } from 'zod';

import { createApiConnection, type ApiConnection } from '../../api/apiConnection.ts';
import type { ApiOptions } from '../../api/apiOptions.ts';
import { concurrently } from '../../api/concurrently.ts';
import { randomStream } from '../../base/seed.ts';
import { UserError } from '../../base/userError.ts';
import type { GenerateOptions, GenerateRequest } from '../generateOptions.ts';
import { readCompletion, type RemoteResponse } from './readCompletion.ts';
import { sendCompletion } from './sendCompletion.ts';
import type { Dialect } from './serveWeights.ts';

/** What was drawn already, by the hash of the request; `put` resolves once it is on disk. */
export interface ResponseStore {
  get(key: string): unknown;
  put(key: string, value: unknown): Promise<void>;
}

export interface RemoteSamplerOptions extends ApiOptions {
  /** Responses that are there are not drawn again, and new ones are kept here as they come. */
  store?: ResponseStore | undefined;
  /** How the server is asked. Default `openai`, which vLLM speaks. */
  dialect?: Dialect;
}

/** Draws responses elsewhere. */
export interface RemoteSampler {
  /** As of a `Sampler`, but for log-probabilities that the server did not tell. */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): Promise<RemoteResponse[]>;
}

const responseSchema = z.object({
  tokenIds: z.array(z.int()),
  tokenLogProbs: z.array(z.number().nullable()),
  finishReason: z.enum(['stop', 'length']),
});

/**
 * Draws responses from a model behind an OpenAI-compatible server (vLLM, llama.cpp's): prompts go there as token ids, and the
 * ids that it drew come back with their log-probabilities under the model itself. Each response is one request with a seed
 * of its own.
 *
 * The model must be served under a name that says which weights it has: what is stored belongs to that name.
 *
 * @throws {UserError} `api.options` at once; from `generate` `sampling.server` when a response could not be had, with all
 *   others in the store, and `api.key`, `api.model` as every request to an API
 * @example
 *   const sampler = createRemoteSampler({ model: 'policy-0f3a', baseURL: 'http://localhost:8000/v1' });
 *   const responses = await sampler.generate(requests, { maxNewTokens: 256, temperature: 1, seed: 1, endToken: 2, padToken: 0 });
 */
export function createRemoteSampler({ store, dialect = 'openai', ...options }: RemoteSamplerOptions): RemoteSampler {
  const remote = { connection: createApiConnection(options), store, dialect };
  return { generate: (requests, generating) => drawAll(remote, requests, generating) };
}

interface Remote {
  connection: ApiConnection;
  store: ResponseStore | undefined;
  dialect: Dialect;
}

interface Draw {
  request: GenerateRequest;
  k: number;
  key: string;
}

async function drawAll(
  remote: Remote,
  requests: readonly GenerateRequest[],
  options: GenerateOptions,
): Promise<RemoteResponse[]> {
  const { connection, store } = remote;
  refuseUnsupported(options);
  const { samples = 1, signal, onProgress } = options;
  const draws = requests.flatMap((request) =>
    Array.from({ length: samples }, (_, k): Draw => ({ request, k, key: keyOf(connection, request, k, options) })),
  );
  const responses: RemoteResponse[] = Array.from({ length: draws.length });
  const faults = new Map<string, number>();
  let done = 0;
  const { concurrency } = connection.settings;
  await concurrently([...draws.entries()], { atOnce: concurrency, signal }, async ([at, draw], stopped) => {
    const known = responseSchema.safeParse(store?.get(draw.key)).data;
    const outcome = known ? { value: known } : await drawOnce(remote, draw, options, stopped);
    if ('value' in outcome) {
      if (!known) await store?.put(draw.key, outcome.value);
      responses[at] = outcome.value;
      onProgress?.(++done, draws.length);
    } else faults.set(outcome.error, (faults.get(outcome.error) ?? 0) + 1);
  });
  if (faults.size > 0) throw notDrawn(connection, faults, draws.length, store !== undefined);
  return responses;
}

function drawOnce(
  { connection, dialect }: Remote,
  { request, k, key }: Draw,
  options: GenerateOptions,
  signal: AbortSignal,
): Promise<{ value: RemoteResponse } | { error: string }> {
  const { endToken, stopTokens: others = [] } = options;
  const stopTokens = [...new Set([endToken, ...others])].filter((token) => token >= 0);
  const maxNewTokens = Math.min(request.maxNewTokens?.[k] ?? options.maxNewTokens, options.maxNewTokens);
  const { model } = connection.settings;
  const { promptTokens } = request;
  const seed = seedOf(options.seed, request.key, k);
  return connection
    .request(
      {
        key,
        read: (data) => readCompletion(data, { maxNewTokens, stopTokens }),
        send: (client, form, limited) => {
          const own = { model, promptTokens, maxNewTokens, stopTokens, seed: form.seed ? seed : undefined };
          return sendCompletion(client, dialect, { ...options, ...own }, limited);
        },
      },
      signal,
    )
    .then((outcome) => (outcome.error === undefined ? { value: outcome.value } : { error: outcome.error }));
}

function seedOf(seed: number | string, key: string, k: number): number {
  return randomStream(seed, 'remote', key, k).integer(2 ** 31 - 1);
}

/** Names all that a response depends on. */
function keyOf({ settings }: ApiConnection, request: GenerateRequest, k: number, options: GenerateOptions): string {
  const { maxNewTokens, temperature, topP = 1, topK, minP = 0, endToken, stopTokens = [] } = options;
  const drawing = { maxNewTokens, temperature, topP, topK, minP, endToken, stopTokens };
  const own = request.maxNewTokens?.[k];
  const parts = [settings.model, request.promptTokens, seedOf(options.seed, request.key, k), own, drawing];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function refuseUnsupported({ repetitionPenalty = 1, stopStrings = [] }: GenerateOptions): void {
  const problems = [
    ...(repetitionPenalty === 1 ? [] : ['repetitionPenalty, which servers define differently']),
    ...(stopStrings.length === 0 ? [] : ['stopStrings, which servers cut off the tokens of']),
  ];
  if (problems.length > 0) throw new RangeError(`generate: a server does not draw with ${problems.join(' and ')}.`);
}

function notDrawn(
  { settings }: ApiConnection,
  faults: ReadonlyMap<string, number>,
  total: number,
  stored: boolean,
): UserError {
  const failed = [...faults.values()].reduce((sum, count) => sum + count, 0);
  const commonest = [...faults].sort(([, a], [, b]) => b - a).slice(0, 5);
  return new UserError(
    'sampling.server',
    `${settings.baseURL}: expected ${total} responses of "${settings.model}", ${failed} could not be had:\n` +
      `${commonest.map(([reason, count]) => `  ${count} times: ${reason}`).join('\n')}\nMend the server${
        stored ? ', then run again with --resume: the others are kept' : ''
      }.`,
  );
}

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { UserError } from '../base/userError.ts';
import { compile, type Compiled } from '../engine/index.ts';
import { checkTokenIds, readWeights, type Policy } from '../models/index.ts';
import { decode, type Decoded, type DecodeInputs } from './decode.ts';

export interface GenerateRequest {
  /** Names the random numbers of this response: the same key, seed and policy give the same tokens in any batch. */
  key: string;
  promptTokens: readonly number[];
}

export interface GeneratedResponse {
  /** Including the end token, unless the response was cut. */
  tokenIds: number[];
  /** Log-probability of each token under the policy, in nats (temperature 1, whatever the sampling temperature). */
  tokenLogProbs: number[];
  finishReason: 'stop' | 'length';
}

export interface GenerateOptions {
  maxNewTokens: number;
  /** 1 samples from the policy itself, 0 takes the most likely token. */
  temperature: number;
  seed: number | string;
  endToken: number;
  padToken: number;
  /** Rows decoded together. Default 64. */
  batchSize?: number;
  bf16?: boolean;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
}

const DEFAULT_BATCH = 64;

/** Prompts are padded to a multiple of this, so that few lengths are compiled. */
const PROMPT_STEP = 16;

/** A sampler bound to one policy; it keeps its compiled loops between calls, and sees every update of the weights. */
export interface Sampler {
  /**
   * Responses in the order of the requests.
   *
   * @throws {RangeError} when an option is out of range, or a prompt is empty or leaves no room in the context
   * @throws {UserError} when a prompt has a token that the policy lacks, or the policy's numbers are not finite
   * @throws the signal's reason when it is aborted, between batches
   */
  generate(requests: readonly GenerateRequest[], options: GenerateOptions): Promise<GeneratedResponse[]>;
  dispose(): void;
}

/** Makes a sampler for a policy. */
export function createSampler(policy: Policy): Sampler {
  const loops = new Map<string, Compiled<[DecodeInputs], Decoded>>();
  const loopFor = (options: GenerateOptions, rows: number): Compiled<[DecodeInputs], Decoded> => {
    const { maxNewTokens, temperature, endToken, padToken, bf16 } = options;
    const key = JSON.stringify([maxNewTokens, temperature, endToken, padToken, bf16, rows]);
    let loop = loops.get(key);
    if (!loop) {
      const settings = { config: policy.config, maxNewTokens, temperature, endToken, padToken };
      loop = compile((inputs: DecodeInputs) => decode(readWeights(policy), inputs, settings), {
        name: 'decode',
        mode: 'xla',
        bf16: bf16 ?? false,
        memoryAdvice: `Lower the batch size (sampling.batchSize), now ${rows}.`,
      });
      loops.set(key, loop);
    }
    return loop;
  };
  return {
    generate: async (requests, options) => {
      checkOptions(requests, options, policy);
      const batchSize = rowsFor(requests.length, options.batchSize ?? DEFAULT_BATCH);
      const loop = loopFor(options, batchSize);
      // Prompts of similar length share a batch; the order of the results is that of the requests.
      const order = requests
        .map((_, index) => index)
        .sort((a, b) => requests[a]!.promptTokens.length - requests[b]!.promptTokens.length || a - b);
      const results: GeneratedResponse[] = Array.from({ length: requests.length });
      for (let start = 0; start < order.length; start += batchSize) {
        options.signal?.throwIfAborted();
        const rows = order.slice(start, start + batchSize);
        const batch = rows.map((i) => requests[i]!);
        const responses = await decodeBatch(loop, batch, batchSize, options);
        rows.forEach((row, i) => {
          results[row] = responses[i]!;
        });
        options.onProgress?.(Math.min(start + batchSize, order.length), order.length);
      }
      return results;
    },
    dispose: () => {
      for (const loop of loops.values()) loop.dispose();
      loops.clear();
    },
  };
}

/** Rows of a batch: a few requests need few rows, in steps of powers of two so that few sizes are compiled. */
function rowsFor(requests: number, batchSize: number): number {
  return Math.min(batchSize, 2 ** Math.ceil(Math.log2(requests)));
}

function checkOptions(requests: readonly GenerateRequest[], options: GenerateOptions, policy: Policy): void {
  if (!(options.temperature >= 0)) {
    throw new RangeError(`generate: temperature must be 0 or more, got ${options.temperature}.`);
  }
  for (const [name, value] of Object.entries({
    maxNewTokens: options.maxNewTokens,
    batchSize: options.batchSize ?? 1,
  })) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`generate: ${name} must be a positive integer, got ${value}.`);
    }
  }
  const longest = requests.reduce((most, { promptTokens }) => Math.max(most, promptTokens.length), 0);
  if (longest + options.maxNewTokens > policy.config.contextLength) {
    throw new RangeError(
      `generate: ${longest} prompt tokens and ${options.maxNewTokens} new ones exceed the context of ` +
        `${policy.config.contextLength}. Drop or cut long prompts first (tokenizePrompts).`,
    );
  }
  const empty = requests.find(({ promptTokens }) => promptTokens.length === 0);
  if (empty) throw new RangeError(`generate: the prompt of ${empty.key} has no tokens.`);
  for (const { key, promptTokens } of requests) checkTokenIds(policy.config, promptTokens, `the prompt of ${key}`);
}

async function decodeBatch(
  loop: Compiled<[DecodeInputs], Decoded>,
  requests: readonly GenerateRequest[],
  batchSize: number,
  options: GenerateOptions,
): Promise<GeneratedResponse[]> {
  const { maxNewTokens, padToken } = options;
  const longest = Math.max(...requests.map(({ promptTokens }) => promptTokens.length));
  const length = Math.ceil(longest / PROMPT_STEP) * PROMPT_STEP;
  const ids = new Int32Array(batchSize * length).fill(padToken);
  const padding = new Int32Array(batchSize);
  const uniforms = new Float32Array(batchSize * maxNewTokens);
  for (let row = 0; row < batchSize; row++) {
    // A short last batch repeats its first request: shapes stay the same, and the copies are thrown away.
    const request = requests[row] ?? requests[0]!;
    padding[row] = length - request.promptTokens.length;
    ids.set(request.promptTokens, row * length + padding[row]!);
    const random = randomStream(options.seed, 'generate', request.key);
    for (let i = 0; i < maxNewTokens; i++) uniforms[row * maxNewTokens + i] = random.uniform();
  }
  const inputs: DecodeInputs = {
    prompts: tf.tensor2d(ids, [batchSize, length], 'int32'),
    padding: tf.tensor1d(padding, 'int32'),
    uniforms: tf.tensor2d(uniforms, [batchSize, maxNewTokens]),
  };
  try {
    const decoded = await loop.async(inputs);
    const tokens = await decoded.tokens.data();
    const logProbs = await decoded.logProbs.data();
    tf.dispose(decoded);
    return requests.map(({ key }, row) => checkFinite(key, responseOf(row, tokens, logProbs, batchSize, options)));
  } finally {
    tf.dispose(inputs);
  }
}

function checkFinite(key: string, response: GeneratedResponse): GeneratedResponse {
  if (response.tokenLogProbs.every(Number.isFinite)) return response;
  throw new UserError(
    'sampling.notFinite',
    `The response to ${key}: the policy's probabilities are not finite. Sample from a checkpoint from before training ` +
      'diverged.',
  );
}

function responseOf(
  row: number,
  tokens: ArrayLike<number>,
  logProbs: ArrayLike<number>,
  batchSize: number,
  { maxNewTokens, endToken }: GenerateOptions,
): GeneratedResponse {
  const response: GeneratedResponse = { tokenIds: [], tokenLogProbs: [], finishReason: 'length' };
  for (let i = 0; i < maxNewTokens; i++) {
    const token = tokens[i * batchSize + row]!;
    response.tokenIds.push(token);
    response.tokenLogProbs.push(logProbs[i * batchSize + row]!);
    if (token === endToken) {
      response.finishReason = 'stop';
      break;
    }
  }
  return response;
}

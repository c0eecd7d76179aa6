import { checkTokenIds, type Policy } from '../models/index.ts';
import type { TokenFilters } from './keptWeights.ts';

export interface GenerateRequest {
  /**
   * Names the random numbers of its responses: the same key, seed and policy give the same tokens whatever the neighbours
   * and the number of rows, up to rounding. Probabilities are float32 and their last bits depend on shapes; a draw that
   * falls within them of the border between two tokens may give the other. Where 16384 tokens are about equally likely that
   * is one draw in some thousands, and far rarer the fewer tokens share the probability.
   */
  key: string;
  promptTokens: readonly number[];
  /** Where each of its responses ends at the latest, where that is before the `maxNewTokens` of the options. */
  maxNewTokens?: readonly number[];
}

export interface GeneratedResponse {
  /** Including the stop token or the token that completes a stop string, unless the response was cut. */
  tokenIds: number[];
  /**
   * Log-probability of each token under the policy itself, in nats: at temperature 1, without filters and without
   * repetition penalty, whatever drew the token.
   */
  tokenLogProbs: number[];
  finishReason: 'stop' | 'length';
}

export interface GenerateOptions extends TokenFilters {
  maxNewTokens: number;
  /** 1 samples from the policy itself, 0 takes the most likely token. */
  temperature: number;
  seed: number | string;
  /** Ends a response; -1 where the model has no such token. */
  endToken: number;
  /** Any token of the model: it fills unused places, and is in no response. */
  padToken: number;
  /** Responses to each request. Default 1. Response k is the same whatever this number is. */
  samples?: number;
  /**
   * Logits of tokens that are in the prompt or the response so far are divided by it where positive and multiplied where
   * negative, before temperature and filters (Keskar et al. 2019, arXiv:1909.05858, section 4.1, in the form of
   * transformers). Default 1: none.
   */
  repetitionPenalty?: number;
  /** More tokens that end a response. */
  stopTokens?: readonly number[];
  /** A response ends with the first token after which its text contains one of these; needs `decode`. */
  stopStrings?: readonly string[];
  /** Text of token ids, as stop strings are looked for in it: `(ids) => tokenizer.decode(ids)`. */
  decode?: (ids: readonly number[]) => string;
  /** Rows decoded together. Default 64. */
  batchSize?: number;
  bf16?: boolean;
  signal?: AbortSignal;
  /** Called when responses are finished, with their number so far and in the end. */
  onProgress?: (done: number, total: number) => void;
}

export const DEFAULT_BATCH = 64;

/**
 * @throws {RangeError} naming everything that is out of range
 * @throws {UserError} when a prompt has a token that the policy lacks
 */
export function checkRequests(requests: readonly GenerateRequest[], options: GenerateOptions, policy: Policy): void {
  const problems = [...optionProblems(options, policy), ...promptProblems(requests, options, policy)];
  if (problems.length > 0) throw new RangeError(`generate: ${problems.join(' ')}`);
  for (const { key, promptTokens } of requests) checkTokenIds(policy.config, promptTokens, `the prompt of ${key}`);
}

function optionProblems(options: GenerateOptions, { config }: Policy): string[] {
  const { temperature, topK, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  const problems: string[] = [];
  const expect = (holds: boolean, name: string, what: string, value: unknown): void => {
    if (!holds) problems.push(`${name} must be ${what}, got ${String(value)}.`);
  };
  expect(temperature >= 0 && temperature < Infinity, 'temperature', '0 or more', temperature);
  const counts = { maxNewTokens: options.maxNewTokens, batchSize: options.batchSize, samples: options.samples, topK };
  for (const [name, value = 1] of Object.entries(counts)) {
    expect(Number.isInteger(value) && value >= 1, name, 'a positive integer', value);
  }
  expect(topP > 0 && topP <= 1, 'topP', 'above 0 and at most 1', topP);
  expect(minP >= 0 && minP <= 1, 'minP', 'between 0 and 1', minP);
  expect(
    repetitionPenalty > 0 && repetitionPenalty < Infinity,
    'repetitionPenalty',
    'a positive number',
    repetitionPenalty,
  );
  const { padToken, stopStrings = [], stopTokens = [] } = options;
  const isToken = Number.isInteger(padToken) && padToken >= 0 && padToken < config.vocabSize;
  expect(isToken, 'padToken', `a token of the model (0 to ${config.vocabSize - 1})`, padToken);
  for (const token of [options.endToken, ...stopTokens]) {
    expect(Number.isInteger(token), 'each stop token', 'an integer', token);
  }
  if (stopStrings.includes('')) problems.push('stopStrings must not contain the empty string, which is in every text.');
  if (stopStrings.length > 0 && !options.decode) {
    problems.push('stopStrings need decode, which turns token ids into text. Give (ids) => tokenizer.decode(ids).');
  }
  return problems;
}

function promptProblems(
  requests: readonly GenerateRequest[],
  { maxNewTokens }: GenerateOptions,
  { config }: Policy,
): string[] {
  const problems: string[] = [];
  const longest = requests.reduce((most, { promptTokens }) => Math.max(most, promptTokens.length), 0);
  if (longest + maxNewTokens > config.contextLength) {
    problems.push(
      `${longest} prompt tokens and ${maxNewTokens} new ones exceed the context of ${config.contextLength}. Drop or cut ` +
        'long prompts first (tokenizePrompts).',
    );
  }
  const empty = requests.find(({ promptTokens }) => promptTokens.length === 0);
  const wrong = requests.find(({ maxNewTokens: own = [] }) =>
    own.some((most) => !(Number.isInteger(most) && most >= 1)),
  );
  if (wrong)
    problems.push(`the maxNewTokens of ${wrong.key} must be positive integers, got ${wrong.maxNewTokens!.join()}.`);
  if (empty) problems.push(`the prompt of ${empty.key} has no tokens.`);
  return problems;
}

import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import type { GeneratedResponse } from '../generateOptions.ts';

/** A response as a server told it. */
export interface RemoteResponse extends Omit<GeneratedResponse, 'tokenLogProbs'> {
  /**
   * In nats under the model itself; null where the server tells none, as llama.cpp's does of a token that ends within a
   * character.
   */
  tokenLogProbs: (number | null)[];
}

/** A token of llama.cpp's server. */
const drawn = z.object({ id: z.int().optional(), logprob: z.number() });

/** The parts of a text completion that are read; servers differ in the rest. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        // vLLM, when asked by return_token_ids.
        token_ids: z.array(z.int()).nullish(),
        logprobs: z
          .object({
            // vLLM; with return_tokens_as_token_ids a token is "token_id:42".
            tokens: z.array(z.string()).nullish(),
            token_logprobs: z.array(z.number().nullable()).nullish(),
            // llama.cpp's server behind something that hides what it is.
            content: z.array(drawn).nullish(),
          })
          .nullish(),
      }),
    )
    .length(1),
  usage: z.object({ completion_tokens: z.number() }).partial().nullish(),
});

/** The same of llama.cpp's own `/completion`. */
const nativeSchema = z.object({
  tokens: z.array(z.int()),
  completion_probabilities: z.array(drawn.required()),
  tokens_predicted: z.int(),
  stop_type: z.string(),
});

/** Where a response may end. */
export interface ResponseEnds {
  maxNewTokens: number;
  stopTokens: readonly number[];
}

/**
 * Reads the token ids of a completion and their log-probabilities, as vLLM or llama.cpp's server tells them.
 *
 * @throws {UserError} `sampling.noTokenIds` for an answer without ids: a server that tells none will not tell others
 * @throws {Error} for what is no whole completion, such as one with fewer tokens than the server says that it drew
 */
export function readCompletion(data: unknown, { maxNewTokens, stopTokens }: ResponseEnds): RemoteResponse {
  const { ids, logProbs, told, finish } = toldBy(data);
  if (told !== undefined && told !== ids.length) {
    throw new Error(`the server drew ${told} tokens and told ${ids.length} of them`);
  }
  if (ids.length === 0 || ids.length !== logProbs.length) {
    throw new Error(`the answer has ${ids.length} token ids and ${logProbs.length} log-probabilities`);
  }
  if (ids.length > maxNewTokens) throw new Error(`the answer has ${ids.length} tokens, ${maxNewTokens} were allowed`);
  // A server that knows fewer end tokens goes on behind one; what it drew before that is as good.
  const length = ids.findIndex((id) => stopTokens.includes(id)) + 1;
  if (length > 0) {
    return { tokenIds: ids.slice(0, length), tokenLogProbs: logProbs.slice(0, length), finishReason: 'stop' };
  }
  if (ids.length < maxNewTokens) {
    throw new Error(
      `the answer ends (${finish ?? 'no reason told'}) after ${ids.length} tokens without an end token: ` +
        `expected one of ${stopTokens.join(', ') || 'none'}, found ${ids.at(-1)}`,
    );
  }
  return { tokenIds: ids, tokenLogProbs: logProbs, finishReason: 'length' };
}

interface Told {
  ids: number[];
  logProbs: (number | null)[];
  /** How many tokens the server says that it drew. */
  told: number | undefined;
  finish: string | null | undefined;
}

function toldBy(data: unknown): Told {
  if (typeof data === 'object' && data !== null && 'completion_probabilities' in data) {
    const { tokens, completion_probabilities: told, ...rest } = nativeSchema.parse(data);
    return { ids: tokens, logProbs: placed(tokens, told), told: rest.tokens_predicted, finish: rest.stop_type };
  }
  const { choices, usage } = completionSchema.parse(data);
  const { finish_reason: finish, ...choice } = choices[0]!;
  const tokens = tokensOf(choice);
  if (!tokens) {
    throw new UserError(
      'sampling.noTokenIds',
      'The server drew text, but tells no token ids with log-probabilities, which training needs. Use vLLM from 0.10.2 on, or ' +
        "llama.cpp's server.",
    );
  }
  return { ...tokens, told: usage?.completion_tokens, finish };
}

/** Puts what was told of some tokens at their places; null elsewhere, and where it may belong to one of several. */
function placed(ids: readonly number[], told: readonly { id: number; logprob: number }[]): (number | null)[] {
  const first = places(ids, told);
  const last = places(ids.toReversed(), told.toReversed()).map((place) => ids.length - 1 - place);
  if (first.length < told.length) throw new Error('the log-probabilities belong to other tokens than those drawn');
  const logProbs: (number | null)[] = ids.map(() => null);
  told.forEach(({ logprob }, i) => {
    const place = first[i]!;
    if (last[told.length - 1 - i] === place) logProbs[place] = logprob;
  });
  return logProbs;
}

/** The earliest places at which the told tokens can stand, one after the other. */
function places(ids: readonly number[], told: readonly { id: number }[]): number[] {
  const found: number[] = [];
  for (const [place, id] of ids.entries()) if (told[found.length]?.id === id) found.push(place);
  return found;
}

type Choice = Omit<z.output<typeof completionSchema>['choices'][number], 'finish_reason'>;

function tokensOf({ token_ids: told, logprobs }: Choice): { ids: number[]; logProbs: number[] } | undefined {
  const { tokens, token_logprobs: logProbs, content } = logprobs ?? {};
  const named = tokens?.map((token) => Number(/^token_id:(\d+)$/.exec(token)?.[1]));
  const ids = told ?? (named?.every(Number.isInteger) ? named : undefined);
  if (ids && logProbs?.every((value) => value !== null)) return { ids, logProbs };
  if (content?.every(({ id }) => id !== undefined)) {
    return { ids: content.map(({ id }) => id!), logProbs: content.map(({ logprob }) => logprob) };
  }
  return undefined;
}

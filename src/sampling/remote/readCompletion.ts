import { z } from 'zod';

import { UserError } from '../../base/userError.ts';
import type { GeneratedResponse } from '../generateOptions.ts';

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
            // llama.cpp's server.
            content: z.array(z.object({ id: z.int().optional(), logprob: z.number() })).nullish(),
          })
          .nullish(),
      }),
    )
    .length(1),
  usage: z.object({ completion_tokens: z.number() }).partial().nullish(),
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
export function readCompletion(data: unknown, { maxNewTokens, stopTokens }: ResponseEnds): GeneratedResponse {
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
  const { ids, logProbs } = tokens;
  const told = usage?.completion_tokens;
  if (told !== undefined && told !== ids.length) {
    throw new Error(`the server drew ${told} tokens and told ${ids.length} of them`);
  }
  if (ids.length === 0 || ids.length !== logProbs.length) {
    throw new Error(`the answer has ${ids.length} token ids and ${logProbs.length} log-probabilities`);
  }
  if (ids.length > maxNewTokens) throw new Error(`the answer has ${ids.length} tokens, ${maxNewTokens} were allowed`);
  const ended = stopTokens.includes(ids.at(-1)!);
  if (!ended && ids.length < maxNewTokens) {
    throw new Error(`the answer ends (${finish ?? 'no reason told'}) after ${ids.length} tokens without an end token`);
  }
  return { tokenIds: ids, tokenLogProbs: logProbs, finishReason: ended ? 'stop' : 'length' };
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

import type OpenAI from 'openai';
import { z } from 'zod';

import { createApiConnection, type ApiConnection } from '../../api/apiConnection.ts';
import type { ApiOptions, ResolvedApiOptions } from '../../api/apiOptions.ts';
import type { JudgmentCost } from '../judge.ts';
import { judgmentKey, type Judgments } from '../judgmentStore.ts';
import { apiAnswer, type ApiAnswer } from './apiAnswer.ts';
import { askAll } from './askAll.ts';
import type { ChatAnswer, ChatModel, ChatRequest } from './chatModel.ts';

export interface ApiClientOptions extends ApiOptions {
  /** Answers known already are not asked for again, and new ones are kept here. */
  store?: Judgments;
}

const storedSchema = z.object({
  text: z.string(),
  tokens: z.array(z.object({ token: z.string(), top: z.record(z.string(), z.number()) })).optional(),
});

/**
 * A language model behind an OpenAI-compatible API: OpenAI's own, vLLM, llama.cpp's server, Ollama and others.
 *
 * Failures that may pass (busy or broken servers, broken connections, answers that are cut or no JSON) are tried again,
 * after the pause that the server asks for or one that doubles; `Retry-After` and `x-ratelimit-*` hold back all
 * questions. A question that still fails, or is refused, is an answer with an error. With a `store`, an answer that
 * arrived is never asked for again, also after a kill.
 *
 * Where a model gives no log-probabilities, its answers have no `tokens`.
 *
 * @throws {UserError} `api.options` at once; `api.key`, `api.model` and `api.quota` from `ask`, which then stops
 * @example
 *   const model = createApiClient({ model: 'qwen3', baseURL: 'http://localhost:8000/v1' });
 *   const judge = createAlpacaEvalJudge(model);
 */
export function createApiClient({ store, ...options }: ApiClientOptions): ChatModel {
  const connection = createApiConnection(options);
  const { id, concurrency } = connection.settings;
  return {
    id,
    ask: (requests, judging = {}) =>
      askAll(requests, concurrency, judging, (request, signal) => askOnce(connection, store, request, signal)),
  };
}

/** Answers one question from the store or the server. */
async function askOnce(
  connection: ApiConnection,
  store: Judgments | undefined,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<ChatAnswer> {
  const { id, seed, model } = connection.settings;
  const { messages, maxTokens, temperature, topLogProbs = 0, sample = 0 } = request;
  const key = judgmentKey('answer', id, { messages, maxTokens, temperature, topLogProbs, sample, seed });
  const stored = storedSchema.safeParse(store?.get(key)).data;
  if (stored) return { ...(stored as { text: string }), cost: { seconds: 0 } };
  const outcome = await connection.request(
    {
      key,
      read: apiAnswer,
      send: (client, form, limited) =>
        client.chat.completions
          .create(
            {
              model,
              messages: messages as OpenAI.ChatCompletionMessageParam[],
              temperature,
              ...(form.seed ? { seed: seed + sample } : {}),
              ...(form.maxTokens ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
              ...(topLogProbs > 0 && form.logProbs ? { logprobs: true, top_logprobs: topLogProbs } : {}),
            },
            { signal: limited },
          )
          .withResponse(),
    },
    signal,
  );
  const { seconds } = outcome;
  if (outcome.error !== undefined) return { error: outcome.error, cost: { seconds } };
  const answer = priced(outcome.value, seconds, connection.settings);
  if (answer.error === undefined) {
    const { text, tokens } = answer;
    await store?.put(key, { text, ...(tokens ? { tokens } : {}) });
  }
  return answer;
}

function priced(answer: ApiAnswer, seconds: number, { prices }: ResolvedApiOptions): ChatAnswer {
  const { promptTokens, completionTokens, ...rest } = answer;
  const cost: JudgmentCost = {
    seconds,
    ...(promptTokens === undefined ? {} : { promptTokens }),
    ...(completionTokens === undefined ? {} : { completionTokens }),
  };
  if (prices && promptTokens !== undefined && completionTokens !== undefined) {
    cost.dollars = promptTokens * prices.promptToken + completionTokens * prices.completionToken;
  }
  return { ...rest, cost };
}

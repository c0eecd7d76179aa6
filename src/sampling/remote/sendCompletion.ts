import type OpenAI from 'openai';

import type { TokenFilters } from '../keptWeights.ts';
import type { Dialect } from './serveWeights.ts';

export interface CompletionRequest extends TokenFilters {
  model: string;
  promptTokens: readonly number[];
  maxNewTokens: number;
  temperature: number;
  /** Tokens that end a response. */
  stopTokens: readonly number[];
  seed: number | undefined;
}

/**
 * Asks for one response to a prompt of token ids, with the ids that were drawn and their log-probabilities before temperature
 * and filters.
 *
 * llama.cpp's server is asked at its own address, `/completion`: only there does it tell all ids.
 */
export function sendCompletion(
  client: OpenAI,
  dialect: Dialect,
  { promptTokens, maxNewTokens, stopTokens, ...request }: CompletionRequest,
  signal: AbortSignal,
): Promise<{ data: unknown; response: { headers: Headers } }> {
  const { model, temperature, topK = 0, topP = 1, minP = 0, seed } = request;
  // All that shapes the distribution is told, also where it is off: what is left out, llama.cpp's server sets as it likes
  // (top_k 40, min_p 0.05) and vLLM as the model's generation_config.json says.
  const body = {
    model,
    prompt: [...promptTokens],
    temperature,
    top_k: topK,
    top_p: topP,
    min_p: minP,
    presence_penalty: 0,
    frequency_penalty: 0,
    stream: false,
    ...(seed === undefined ? {} : { seed }),
  };
  if (dialect === 'llama.cpp') {
    return client
      .post<unknown>(new URL('../completion', `${client.baseURL.replace(/\/$/, '')}/`).href, {
        signal,
        body: {
          ...body,
          n_predict: maxNewTokens,
          repeat_penalty: 1,
          // Filters after the temperature, as everywhere else, and nothing but them.
          samplers: ['temperature', 'top_k', 'top_p', 'min_p'],
          n_probs: 1,
          post_sampling_probs: false,
          return_tokens: true,
        },
      })
      .withResponse();
  }
  const extended = {
    ...body,
    max_tokens: maxNewTokens,
    logprobs: 1,
    repetition_penalty: 1,
    stop_token_ids: stopTokens,
    return_token_ids: true,
    return_tokens_as_token_ids: true,
  };
  return client.completions.create(extended as OpenAI.CompletionCreateParamsNonStreaming, { signal }).withResponse();
}

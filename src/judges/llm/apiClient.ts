import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';
import { z } from 'zod';

import { randomStream } from '../../base/seed.ts';
import type { JudgmentCost } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { apiAnswer, type ApiAnswer } from './apiAnswer.ts';
import { resolveApiOptions, type ApiClientOptions, type ResolvedApiOptions } from './apiClientOptions.ts';
import { apiFault, type FormPart } from './apiFault.ts';
import { askAll } from './askAll.ts';
import type { ChatAnswer, ChatModel, ChatRequest } from './chatModel.ts';
import { createRequestGate, retryAfterMs, type RequestGate } from './requestGate.ts';

const storedSchema = z.object({
  text: z.string(),
  tokens: z.array(z.object({ token: z.string(), top: z.record(z.string(), z.number()) })).optional(),
});

/** The form of a question that the server is known to take, or hoped to. */
type Form = Record<FormPart, boolean>;

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
export function createApiClient(options: ApiClientOptions): ChatModel {
  const settings = resolveApiOptions(options);
  const client = new OpenAI({
    apiKey: settings.apiKey,
    baseURL: settings.baseURL,
    maxRetries: 0,
    timeout: settings.timeoutMs,
  });
  const connection: Connection = {
    client,
    settings,
    gate: createRequestGate(settings.longestPauseMs),
    form: { maxTokens: true, logProbs: true, seed: true },
  };
  return {
    id: settings.id,
    ask: (requests, options = {}) =>
      askAll(requests, settings.concurrency, options, (request, signal) => askOnce(connection, request, signal)),
  };
}

interface Connection {
  client: OpenAI;
  settings: ResolvedApiOptions;
  gate: RequestGate;
  form: Form;
}

/** Answers one question from the store or the server. */
async function askOnce(connection: Connection, request: ChatRequest, signal: AbortSignal): Promise<ChatAnswer> {
  const { store, id } = connection.settings;
  const { messages, maxTokens, temperature, topLogProbs = 0, sample = 0 } = request;
  const { seed } = connection.settings;
  const key = judgmentKey('answer', id, { messages, maxTokens, temperature, topLogProbs, sample, seed });
  const stored = storedSchema.safeParse(store?.get(key)).data;
  if (stored) return { ...(stored as { text: string }), cost: { seconds: 0 } };
  const answer = await attempt(connection, request, key, signal);
  if (answer.error === undefined) {
    const { text, tokens } = answer;
    await store?.put(key, { text, ...(tokens ? { tokens } : {}) });
  }
  return answer;
}

async function attempt(
  connection: Connection,
  request: ChatRequest,
  key: string,
  signal: AbortSignal,
): Promise<ChatAnswer> {
  const { settings, gate } = connection;
  const random = randomStream(settings.seed, 'api pause', key);
  let seconds = 0;
  for (let failures = 0; ;) {
    await gate.pass(signal);
    const start = performance.now();
    const form = { ...connection.form };
    try {
      const completion = await send(connection, form, request, signal);
      seconds += (performance.now() - start) / 1000;
      return priced(apiAnswer(completion), seconds, settings);
    } catch (error) {
      signal.throwIfAborted();
      seconds += (performance.now() - start) / 1000;
      const fault = apiFault(error, {
        url: settings.baseURL,
        model: settings.model,
        names: settings.optionNames,
      });
      if (fault.kind === 'fatal') throw fault.error;
      if (fault.kind === 'row') return { error: fault.reason, cost: { seconds } };
      if (fault.kind === 'form') {
        if (!form[fault.lacks]) return { error: fault.reason, cost: { seconds } };
        connection.form[fault.lacks] = false;
        continue;
      }
      failures += 1;
      if (failures >= settings.attempts) {
        return { error: `${fault.reason} (${failures} attempts)`, cost: { seconds } };
      }
      if (fault.headers) gate.heed(fault.headers);
      const asked = fault.headers && retryAfterMs(fault.headers);
      if (asked !== undefined) gate.pause(asked);
      else {
        const pause = Math.min(settings.longestPauseMs, settings.firstPauseMs * 2 ** (failures - 1));
        await sleep(pause * (0.5 + 0.5 * random.uniform()), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

async function send(
  { client, settings, gate }: Connection,
  form: Form,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<unknown> {
  const { model, seed, timeoutMs } = settings;
  const { messages, maxTokens, temperature, topLogProbs = 0, sample = 0 } = request;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const { data, response } = await client.chat.completions
      .create(
        {
          model,
          messages: messages as OpenAI.ChatCompletionMessageParam[],
          temperature,
          ...(form.seed ? { seed: seed + sample } : {}),
          ...(form.maxTokens ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
          ...(topLogProbs > 0 && form.logProbs ? { logprobs: true, top_logprobs: topLogProbs } : {}),
        },
        { signal: AbortSignal.any([signal, limit.signal]) },
      )
      .withResponse();
    gate.heed(response.headers);
    return data;
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`silent for ${timeoutMs / 1000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
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

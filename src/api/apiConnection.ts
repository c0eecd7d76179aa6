import { setTimeout as sleep } from 'node:timers/promises';

import OpenAI from 'openai';

import { randomStream } from '../base/seed.ts';
import { apiFault, type FormPart } from './apiFault.ts';
import { resolveApiOptions, type ApiOptions, type ResolvedApiOptions } from './apiOptions.ts';
import { createRequestGate, retryAfterMs, type RequestGate } from './requestGate.ts';

/** The form of a request that the server is known to take, or hoped to. */
export type RequestForm = Readonly<Record<FormPart, boolean>>;

export interface ApiRequest<T> {
  /** Names the request, for the random part of its pauses. */
  key: string;
  /** Sends it once. */
  send: (
    client: OpenAI,
    form: RequestForm,
    signal: AbortSignal,
  ) => Promise<{ data: unknown; response: { headers: Headers } }>;
  /** Makes something of the answer; what it throws counts as a failure that may pass, but for a `UserError`. */
  read: (data: unknown) => T;
}

/** What became of a request; `seconds` are those spent on it, pauses not counted. */
export type ApiOutcome<T> = { seconds: number } & ({ value: T; error?: undefined } | { error: string });

/** One model behind an API. */
export interface ApiConnection {
  readonly settings: ResolvedApiOptions;
  /**
   * Sends a request until it is answered, refused, or has failed too often. Failures that may pass (busy or broken servers,
   * broken connections, answers that are cut or no JSON) are tried again, after the pause that the server asks for or one
   * that doubles; `Retry-After` and `x-ratelimit-*` hold back all requests.
   *
   * @throws {UserError} `api.key`, `api.model` and `api.quota`, when no request will get an answer
   * @throws the reason of `signal` once that is aborted
   */
  request<T>(request: ApiRequest<T>, signal: AbortSignal): Promise<ApiOutcome<T>>;
}

/** @throws {UserError} `api.options` naming everything that is wrong with them */
export function createApiConnection(options: ApiOptions): ApiConnection {
  const settings = resolveApiOptions(options);
  const { apiKey, baseURL, timeoutMs } = settings;
  const client = new OpenAI({ apiKey, baseURL, maxRetries: 0, timeout: timeoutMs });
  const connection: Connection = {
    client,
    settings,
    gate: createRequestGate(settings.longestPauseMs),
    form: { maxTokens: true, logProbs: true, seed: true },
  };
  return { settings, request: (request, signal) => attempt(connection, request, signal) };
}

interface Connection {
  client: OpenAI;
  settings: ResolvedApiOptions;
  gate: RequestGate;
  form: Record<FormPart, boolean>;
}

async function attempt<T>(connection: Connection, request: ApiRequest<T>, signal: AbortSignal): Promise<ApiOutcome<T>> {
  const { settings, gate } = connection;
  const random = randomStream(settings.seed, 'api pause', request.key);
  let seconds = 0;
  for (let failures = 0; ;) {
    await gate.pass(signal);
    const start = performance.now();
    const form = { ...connection.form };
    try {
      const data = await sendOnce(connection, form, request, signal);
      seconds += (performance.now() - start) / 1000;
      return { value: request.read(data), seconds };
    } catch (error) {
      signal.throwIfAborted();
      seconds += (performance.now() - start) / 1000;
      const fault = apiFault(error, { url: settings.baseURL, model: settings.model, names: settings.optionNames });
      if (fault.kind === 'fatal') throw fault.error;
      if (fault.kind === 'row') return { error: fault.reason, seconds };
      if (fault.kind === 'form') {
        if (!form[fault.lacks]) return { error: fault.reason, seconds };
        connection.form[fault.lacks] = false;
        continue;
      }
      failures += 1;
      if (failures >= settings.attempts) return { error: `${fault.reason} (${failures} attempts)`, seconds };
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

async function sendOnce<T>(
  { client, settings: { timeoutMs }, gate }: Connection,
  form: RequestForm,
  request: ApiRequest<T>,
  signal: AbortSignal,
): Promise<unknown> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeoutMs);
  try {
    const { data, response } = await request.send(client, form, AbortSignal.any([signal, limit.signal]));
    gate.heed(response.headers);
    return data;
  } catch (error) {
    if (limit.signal.aborted) throw new Error(`silent for ${timeoutMs / 1000} s`, { cause: error });
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

import { APIError } from 'openai';

import { UserError } from '../base/userError.ts';
import type { OptionNames } from './apiOptions.ts';

/** What some servers refuse in a question. */
export type FormPart = 'maxTokens' | 'logProbs' | 'seed';

/** What to do about a request that failed. */
export type ApiFault =
  /** Another attempt may succeed. */
  | { kind: 'transient'; reason: string; headers?: Headers }
  /** This question gets no answer, others may. */
  | { kind: 'row'; reason: string }
  /** The model takes the question in another form. */
  | { kind: 'form'; lacks: FormPart; reason: string }
  /** No question will get an answer. */
  | { kind: 'fatal'; error: UserError };

/** Whom was asked, and what the user calls the options that say so. */
interface Asked {
  url: string;
  model: string;
  names: OptionNames;
}

/** Sorts what the client threw. */
export function apiFault(error: unknown, where: Asked): ApiFault {
  if (error instanceof UserError) return { kind: 'fatal', error };
  if (!(error instanceof APIError) || error.status === undefined) {
    return { kind: 'transient', reason: `no answer: ${reasonWithCause(error)}` };
  }
  const { status, message } = error as { status: number; message: string };
  const fatal = fatalFault(status, error, where);
  if (fatal) return { kind: 'fatal', error: fatal };
  if (status === 408 || status === 409 || status === 425 || status === 429 || status >= 500) {
    return { kind: 'transient', reason: message, headers: error.headers as Headers };
  }
  const complaint = `${message} ${error.param}`;
  if (/max_completion_tokens/.test(complaint)) return { kind: 'form', lacks: 'maxTokens', reason: message };
  if (/logprobs/.test(complaint)) return { kind: 'form', lacks: 'logProbs', reason: message };
  if (/\bseed\b/.test(complaint)) return { kind: 'form', lacks: 'seed', reason: message };
  return { kind: 'row', reason: message };
}

function fatalFault(
  status: number,
  { message, code, param }: { message: string; code?: string | null | undefined; param?: string | null | undefined },
  { url, model, names }: Asked,
): UserError | undefined {
  const said = `${url} answered "${message}"`;
  // OpenRouter says 403 of a single question, too.
  if (status === 401 || (status === 403 && !/moderat|flagged/i.test(message))) {
    return new UserError('api.key', `${said}. Set ${names.apiKey} to a key that may use "${model}".`);
  }
  if (status === 404 || code === 'model_not_found') {
    return new UserError('api.model', `${said}. Check ${names.model}, now "${model}", and ${names.baseURL}.`);
  }
  if (code === 'insufficient_quota') {
    return new UserError('api.quota', `${said}. Add credit to the account of this key, then run again.`);
  }
  if (status === 400 && param === 'temperature') {
    return new UserError('api.temperature', `${said}. Set ${names.temperature} to one that "${model}" takes.`);
  }
  return undefined;
}

function reasonWithCause(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  if (!(cause instanceof Error)) return error.message;
  // What lies deepest says most: "Connection error." <- "fetch failed" <- "read ECONNRESET".
  return `${error.message} (${reasonWithCause(cause)})`;
}

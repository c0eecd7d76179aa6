import { setTimeout as sleep } from 'node:timers/promises';

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 250;
const STALL_MS = 60_000;

export interface FetchOptions {
  /** A function is asked before each attempt, so that a transfer can go on where it broke off. */
  headers?: Record<string, string> | (() => Promise<Record<string, string>>) | undefined;
  signal?: AbortSignal | undefined;
  /** Milliseconds of silence after which a connection is given up. Default 60,000. */
  stallMs?: number | undefined;
}

/** A fault that another attempt may not meet. */
export class TransientError extends Error {}

/** Why a request got no answer to use: a refusal, or the last of several failures. */
export class FetchFault extends Error {
  /** Address that failed, after redirects where a server answered. */
  readonly url: string;
  /** The server's answer, null when there was none. */
  readonly status: number | null;
  /** The answer's headers. */
  readonly headers: Headers;

  constructor(url: string, message: string, answer: Response | null, options?: ErrorOptions) {
    super(message, options);
    this.url = url;
    this.status = answer?.status ?? null;
    this.headers = answer?.headers ?? new Headers();
  }
}

class BusyServer extends TransientError {
  readonly answer: Response;

  constructor(message: string, answer: Response) {
    super(message);
    this.answer = answer;
  }
}

/**
 * Sends a GET request and hands the response to `read`, again after a pause when the connection or the server fails.
 *
 * Four attempts without progress end it. `read` calls `alive` whenever it hears of the server, which keeps the connection
 * from being given up as silent, and says with it whether it is further than ever before.
 *
 * @throws {FetchFault} and the reason of `signal` once that is aborted
 */
export async function fetchPatiently<T>(
  url: string,
  { headers = {}, signal, stallMs = STALL_MS }: FetchOptions,
  read: (response: Response, alive: (progressed: boolean) => void) => Promise<T>,
): Promise<T> {
  let failures = 0;
  for (;;) {
    signal?.throwIfAborted();
    const stall = new AbortController();
    const silent = new TransientError(`silent for ${stallMs / 1000} s`);
    const watchdog = setTimeout(() => stall.abort(silent), stallMs);
    try {
      const response = await fetch(url, {
        headers: { 'accept-encoding': 'identity', ...(typeof headers === 'function' ? await headers() : headers) },
        signal: signal === undefined ? stall.signal : AbortSignal.any([stall.signal, signal]),
      });
      await refuseBadStatus(response);
      return await read(response, (progressed) => {
        if (progressed) failures = 0;
        watchdog.refresh();
      });
    } catch (error) {
      failures += 1;
      signal?.throwIfAborted();
      if (!isTransient(error)) throw error;
      if (failures >= ATTEMPTS) throw lastFault(url, error);
      // An abort ends the pause early, and the loop at its start.
      await sleep(FIRST_PAUSE_MS * 2 ** failures, undefined, { signal }).catch(() => undefined);
    } finally {
      clearTimeout(watchdog);
    }
  }
}

async function refuseBadStatus(response: Response): Promise<void> {
  const { status, statusText, url } = response;
  if (response.ok || status === 416) return;
  await response.body?.cancel();
  const message = `answered ${status} ${statusText}`.trim();
  if (status >= 500 || status === 429) throw new BusyServer(message, response);
  throw new FetchFault(url, message, response);
}

// What fetch throws when the connection fails, before or during the body.
function isTransient(error: unknown): error is Error {
  if (error instanceof TransientError) return true;
  return error instanceof TypeError && (error.message === 'fetch failed' || error.message === 'terminated');
}

function lastFault(url: string, error: Error): FetchFault {
  if (error instanceof BusyServer) return new FetchFault(error.answer.url, error.message, error.answer);
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? `: ${String(cause.code)}` : '';
  // After a redirect it need not be the host of `url`.
  const host = cause instanceof Error && 'hostname' in cause ? ` ${String(cause.hostname)}` : '';
  return new FetchFault(url, `${error.message}${code}${host}`, null, { cause: error });
}

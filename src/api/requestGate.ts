import { setTimeout as sleep } from 'node:timers/promises';

/** Lets requests through unless the server asked for a pause, which holds for all of them. */
export interface RequestGate {
  /** Resolves once no pause is left. @throws the reason of `signal` once that is aborted */
  pass(signal: AbortSignal): Promise<void>;
  /** Takes note of the rate limits that an answer's headers tell. */
  heed(headers: Headers): void;
  pause(milliseconds: number): void;
}

/** @param longestPauseMs no announced pause is waited for longer than this */
export function createRequestGate(longestPauseMs: number): RequestGate {
  let openAt = 0;
  const pause = (milliseconds: number): void => {
    openAt = Math.max(openAt, Date.now() + Math.min(milliseconds, longestPauseMs));
  };
  return {
    pass: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const left = openAt - Date.now();
        if (left <= 0) return;
        await sleep(left, undefined, { signal }).catch(() => undefined);
      }
    },
    heed: (headers) => {
      for (const limit of ['requests', 'tokens']) {
        const remaining = headers.get(`x-ratelimit-remaining-${limit}`);
        const reset = durationMs(headers.get(`x-ratelimit-reset-${limit}`) ?? '');
        if (remaining !== null && Number(remaining) <= 0 && reset !== undefined) pause(reset);
      }
    },
    pause,
  };
}

const UNIT_MS: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Milliseconds of "6m0s", "1.5s" or "20ms"; a bare number is seconds. */
function durationMs(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!/^(\d+(\.\d+)?(ms|[hms]))+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * UNIT_MS[unit!]!,
    0,
  );
}

/** How long an answer asks to wait before the next attempt, in milliseconds; undefined where it does not say. */
export function retryAfterMs(headers: Headers): number | undefined {
  const exact = headers.get('retry-after-ms');
  if (exact !== null && Number.isFinite(Number(exact))) return Math.max(0, Number(exact));
  const text = headers.get('retry-after');
  if (text === null) return undefined;
  const milliseconds = Number.isFinite(Number(text)) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds);
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

import { UserError } from '../src/base/userError.ts';
import type { EncodedPairs, PairFormat } from './encodePairs.ts';
import type { EncodeWorkerAnswer, EncodeWorkerData } from './encodeWorker.ts';
import { unpackPairs } from './packPairs.ts';
import type { PreferencePair } from './readPairs.ts';
import type { Tokenizer } from './tokenizer.ts';
import type { Rows } from './transforms/rowStream.ts';

export interface WorkerOptions {
  /** Threads that tokenize. Default: one a core. */
  workers?: number | undefined;
  /** Pairs that a worker gets at a time; default 256. */
  batchPairs?: number;
  /** Stops the work; what was asked for is rejected with its reason. */
  signal?: AbortSignal | undefined;
}

/** Batches that a worker holds: one to work on, one to go on with. */
const BATCHES_AHEAD = 2;

/**
 * Tokens of pairs, as `encodePairs` makes them, batch by batch in the order of the pairs. Memory holds two batches a worker.
 * The workers load the tokenizer from its folder, and end with the last batch, an error or a reader that stops early.
 *
 * @throws {UserError} of a worker, as if it had worked here
 */
export async function* encodePairsInWorkers(
  tokenizer: Tokenizer,
  pairs: Rows<PreferencePair>,
  { format, workers: count = availableParallelism(), batchPairs = 256, signal }: WorkerOptions & { format: PairFormat },
): AsyncGenerator<EncodedPairs> {
  const { folder, chatTemplate } = tokenizer;
  const workers: EncodeWorker[] = [];
  const ahead: Promise<EncodedPairs>[] = [];
  const aborted = abortOf(signal);
  try {
    let batches = 0;
    for await (const batch of inBatches(pairs, batchPairs)) {
      signal?.throwIfAborted();
      const worker = (workers[batches++ % count] ??= startWorker({ folder, chatTemplate, format }));
      ahead.push(worker.encode(batch));
      if (ahead.length === BATCHES_AHEAD * count) yield await Promise.race([ahead.shift()!, aborted.promise]);
    }
    while (ahead.length > 0) yield await Promise.race([ahead.shift()!, aborted.promise]);
  } finally {
    aborted.forget();
    await Promise.all(workers.map((worker) => worker.end()));
  }
}

async function* inBatches(pairs: Rows<PreferencePair>, size: number): AsyncGenerator<PreferencePair[]> {
  let batch: PreferencePair[] = [];
  for await (const pair of pairs) {
    batch.push(pair);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** A promise that is rejected when the signal aborts, and never without one. */
function abortOf(signal: AbortSignal | undefined): { promise: Promise<never>; forget: () => void } {
  const { promise, reject } = withReject<never>();
  const abort = (): void => reject(signal!.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener('abort', abort);
  return { promise, forget: () => signal?.removeEventListener('abort', abort) };
}

/** Runs the worker's file. From sources a thread needs tsx of its own, whatever runs this one. */
function startThread(workerData: EncodeWorkerData): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./encodeWorker.js', import.meta.url), { workerData });
  const tsx = import.meta.resolve('tsx/esm/api');
  const file = new URL('./encodeWorker.ts', import.meta.url).href;
  const code = `import('${tsx}').then((tsx) => { tsx.register(); return import('${file}'); });`;
  return new Worker(code, { eval: true, workerData, execArgv: [] });
}

interface EncodeWorker {
  encode(pairs: readonly PreferencePair[]): Promise<EncodedPairs>;
  end(): Promise<unknown>;
}

function startWorker(data: EncodeWorkerData): EncodeWorker {
  const worker = startThread(data);
  const waiting: ReturnType<typeof withReject<EncodedPairs>>[] = [];
  let failure: Error | undefined;
  const fail = (error: Error): void => {
    failure ??= error;
    for (const { reject } of waiting.splice(0)) reject(failure);
  };
  worker.on('message', (answer: EncodeWorkerAnswer) => {
    const { resolve, reject } = waiting.shift()!;
    if ('code' in answer) reject(new UserError(answer.code, answer.message));
    else resolve(unpackPairs(answer));
  });
  worker.on('error', fail);
  worker.on('exit', (code) => fail(new Error(`a worker that tokenizes ended with exit code ${code}`)));
  return {
    encode: (pairs) => {
      const next = withReject<EncodedPairs>();
      if (failure) next.reject(failure);
      else {
        waiting.push(next);
        worker.postMessage(pairs, []);
      }
      return next.promise;
    },
    end: () => worker.terminate(),
  };
}

/** A promise to settle from outside. Rejected before anybody waits for it, it does not end the process. */
function withReject<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((...settle) => {
    [resolve, reject] = settle;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

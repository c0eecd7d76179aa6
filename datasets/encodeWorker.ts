/*
 * What a worker of encodePairsInWorkers runs: batches of pairs come in, their tokens go out in the same order. A fault that
 * the user can mend goes out as its code and message, since an error loses its class on the way.
 */
import { parentPort, workerData } from 'node:worker_threads';

import { UserError } from '../src/base/userError.ts';
import { encodePairs, type PairFormat } from './encodePairs.ts';
import { packPairs, type PackedPairs } from './packPairs.ts';
import type { PreferencePair } from './readPairs.ts';
import { loadTokenizer } from './tokenizer.ts';

/** What a worker needs to know of the tokenizer. */
export interface EncodeWorkerData {
  folder: string;
  chatTemplate: string | null;
  format: PairFormat;
}

/** The answer to a batch. */
export type EncodeWorkerAnswer = PackedPairs | { code: string; message: string };

const { folder, chatTemplate, format } = workerData as EncodeWorkerData;
const port = parentPort!;
const loading = loadTokenizer(folder).then((tokenizer) => ({ ...tokenizer, chatTemplate }));
// Reported with the first batch.
loading.catch(() => {});
let last = Promise.resolve();

port.on('message', (pairs: PreferencePair[]) => {
  last = last.then(() => answer(pairs));
});

async function answer(pairs: readonly PreferencePair[]): Promise<void> {
  try {
    const packed = packPairs(encodePairs(await loading, pairs, format));
    send(packed, [packed.lengths.buffer, packed.tokens.buffer]);
  } catch (error) {
    // Any other error ends the worker, which hands it on.
    if (!(error instanceof UserError)) throw error;
    send({ code: error.code, message: error.message });
  }
}

function send(answer: EncodeWorkerAnswer, transfer: ArrayBuffer[] = []): void {
  port.postMessage(answer, transfer);
}

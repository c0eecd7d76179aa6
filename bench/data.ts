/**
 * Reads, templates and tokenizes pairs in a stream, and prints the time as one JSON object, as `peers/data.py` does on the
 * same file.
 *
 *   node --import tsx bench/data.ts --pairs pairs.jsonl --tokenizer folder [--workers 1] [--first 100]
 */
import { parseArgs } from 'node:util';

import { adaptRows } from '../datasets/adaptRows.ts';
import { encodePairs, type EncodedPairs } from '../datasets/encodePairs.ts';
import { encodePairsInWorkers } from '../datasets/encodePairsInWorkers.ts';
import type { TokenizedPair } from '../datasets/pairBatches.ts';
import { pairsReader, type PreferencePair } from '../datasets/readPairs.ts';
import { loadTokenizer, type Tokenizer } from '../datasets/tokenizer.ts';
import { peakRssMB } from './timing.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    tokenizer: { type: 'string' },
    workers: { type: 'string', default: '1' },
    first: { type: 'string', default: '0' },
  },
});
const { pairs: file, tokenizer: folder } = values;
if (file === undefined || folder === undefined) throw new Error('data.ts: --pairs and --tokenizer are needed.');
const workers = Number(values.workers);
const tokenizer = await loadTokenizer(folder);
const start = performance.now();
const cpu = process.cpuUsage();
const first: number[][][] = [];
let [rows, tokens] = [0, 0];
for await (const { tokenized, faults } of workers > 1
  ? encodePairsInWorkers(tokenizer, readStream(file), { format: 'chat', workers })
  : encodeHere(tokenizer, readStream(file))) {
  if (faults.length > 0) throw new Error(`data.ts: ${faults[0]}`);
  for (const pair of tokenized) {
    if (rows++ < Number(values.first)) first.push(wholes(pair));
    tokens += pair.promptIds.length + pair.chosenIds.length + pair.rejectedIds.length;
  }
}
const { user, system } = process.cpuUsage(cpu);
const run = {
  rows,
  tokens,
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  peakRssMB: peakRssMB(),
  first,
  versions: `Node ${process.version}`,
};
console.log(JSON.stringify(run));

async function* readStream(path: string): AsyncGenerator<PreferencePair> {
  for await (const row of adaptRows(path, pairsReader({}), {})) {
    if ('fault' in row) throw new Error(`data.ts: ${row.place.at}: ${row.fault.why}`);
    for (const pair of row.read) yield { id: row.id, ...pair };
  }
}

async function* encodeHere(tokenizer: Tokenizer, pairs: AsyncIterable<PreferencePair>): AsyncGenerator<EncodedPairs> {
  for await (const pair of pairs) yield encodePairs(tokenizer, [pair], 'chat');
}

/** Prompt and answer together, as Python has them. */
function wholes({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number[][] {
  return [chosenIds, rejectedIds].map((ids) => [...promptIds, ...ids]);
}

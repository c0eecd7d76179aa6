/**
 * Reads, templates and tokenizes pairs, and prints the time as one JSON object, as `peers/data.py` does on the same file.
 *
 *   node --import tsx bench/data.ts --pairs pairs.jsonl --tokenizer folder [--first 100]
 */
import { parseArgs } from 'node:util';

import { loadTokenizer, readPairs, tokenizePairs, type TokenizedPair } from 'nashtune/datasets';

import { peakRssMB } from './timing.ts';

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    tokenizer: { type: 'string' },
    first: { type: 'string', default: '0' },
  },
});
const { pairs: file, tokenizer: folder } = values;
if (file === undefined || folder === undefined) throw new Error('data.ts: --pairs and --tokenizer are needed.');

const tokenizer = await loadTokenizer(folder);
const start = performance.now();
const cpu = process.cpuUsage();
const { pairs } = await readPairs(file);
const read = performance.now();
const { kept } = tokenizePairs(tokenizer, pairs, { maxLength: Infinity, longPairs: 'error' });
const { user, system } = process.cpuUsage(cpu);
const run = {
  rows: kept.length,
  seconds: (performance.now() - start) / 1000,
  cpuSeconds: (user + system) / 1e6,
  readSeconds: (read - start) / 1000,
  peakRssMB: peakRssMB(),
  first: kept.slice(0, Number(values.first)).map(wholes),
  versions: `Node ${process.version}`,
};
console.log(JSON.stringify(run));

/** Prompt and answer together, as Python has them. */
function wholes({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number[][] {
  return [chosenIds, rejectedIds].map((ids) => [...promptIds, ...ids]);
}

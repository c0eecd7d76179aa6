import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';

import { readRows, validateRows } from 'nashtune/datasets';

import { randomStream } from '../src/base/seed.ts';

// How fast rows are read, bare or checked as pairs, and how much memory that takes:
// node --import tsx bench/readRows.ts [jsonl|array|csv] [MB] [rows|pairs]

const WORDS =
  'the of and to in is "quoted" that for it was with be by on not café I this are from at which but have'.split(' ');

const [format = 'jsonl', megabytes = '300', as = 'rows'] = process.argv.slice(2);
const path = join(tmpdir(), `nashtune-rows-${process.pid}.${format}`);
try {
  const rows = await writePairs(path, format, Number(megabytes) * 1e6);
  let peak = 0;
  const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  const start = performance.now();
  const cpu = process.cpuUsage();
  const read = as === 'pairs' ? (await validateRows(path, { as: 'pairs' })).rows : await countRows(path);
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(watch);
  if (read !== rows) throw new Error(`${read} of ${rows} rows were read`);
  console.log(
    JSON.stringify({
      format,
      as,
      rows,
      seconds: Number(seconds.toFixed(2)),
      cpuSeconds: Number(((user + system) / 1e6).toFixed(2)),
      rowsPerSecond: Math.round(rows / seconds),
      megabytesPerSecond: Math.round(Number(megabytes) / seconds),
      peakRssMB: Math.round(peak / 1e6),
    }),
  );
} finally {
  await rm(path, { force: true });
}

async function countRows(path: string): Promise<number> {
  let read = 0;
  for await (const place of readRows(path)) if ('row' in place) read++;
  return read;
}

/** Pairs of about 1,100 characters of prose; returns how many. */
async function writePairs(path: string, format: string, bytes: number): Promise<number> {
  const random = randomStream(1, 'bench', 'readRows');
  const compose = (words: number): string => Array.from({ length: words }, () => random.pick(WORDS)).join(' ');
  // A thousand answers to choose from: writing should not take longer than reading.
  const answers = Array.from({ length: 1000 }, () => compose(85));
  const text = (): string => random.pick(answers);
  const out = createWriteStream(path);
  if (format === 'csv') out.write('id,prompt,chosen,rejected\n');
  let [rows, written] = [0, 0];
  while (written < bytes) {
    const row = { id: `r${rows++}`, prompt: text(), chosen: text(), rejected: text() };
    const json = JSON.stringify(row);
    const csv = Object.values(row).map((value) => `"${value.replaceAll('"', '""')}"`);
    const line = format === 'csv' ? csv.join(',') : format === 'array' ? `${rows === 1 ? '[' : ','}${json}` : json;
    written += line.length + 1;
    if (!out.write(`${line}\n`)) await once(out, 'drain');
  }
  out.end(format === 'array' ? ']\n' : '');
  await once(out, 'close');
  return rows;
}

/**
 * Reads a file through a reader of `datasets/` and prints rows a second, peak memory and the time until the first row:
 * `node --import tsx bench/readFormats.ts FILE` after `python bench/makePairs.py FOLDER MEGABYTES`.
 */
import { openFile } from '../datasets/readers/byteSource.ts';
import { isArrow, openArrow } from '../datasets/readers/openArrow.ts';
import { readArrow } from '../datasets/readers/readArrow.ts';
import { readParquet } from '../datasets/readers/readParquet.ts';

const [path] = process.argv.slice(2);
if (path === undefined) throw new Error('name a file: node --import tsx bench/readFormats.ts FILE');

const source = await openFile(path);
const arrow = isArrow(await source.head(8));
const start = performance.now();
if (arrow) {
  await openArrow(source);
  console.log(`opened in ${(performance.now() - start).toFixed(1)} ms`);
}
let rows = 0;
let first = 0;
for await (const row of (arrow ? readArrow : readParquet)(source)) {
  if (rows === 0) first = performance.now() - start;
  if (Object.keys(row).length === 0) throw new Error('an empty row');
  rows++;
}
const seconds = (performance.now() - start) / 1000;
await source.close();
const { user, system } = process.cpuUsage();
const cpu = (user + system) / 1e6;
const megabytes = source.byteLength! / 1e6;
console.log(
  `${rows} rows of ${megabytes.toFixed(0)} MB in ${seconds.toFixed(1)} s: ${(rows / seconds).toFixed(0)} rows/s, ` +
    `first row after ${first.toFixed(0)} ms, ${cpu.toFixed(1)} s of one core, peak memory ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
);

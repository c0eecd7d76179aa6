/**
 * Reads, templates and tokenizes made-up pairs by turns with nashtune and with Python's `datasets` and `transformers`, each
 * in a fresh process, and prints them beside each other. Of the first rows the token ids must be the same.
 *
 *   NASHTUNE_PYTHON=python3 node --import tsx bench/compareData.ts [--rows 100000] [--rounds 3] [--seed 1] [--workers 2]
 *
 * With workers both sides run a second time, each with as many processes or threads.
 *
 * The interpreter needs datasets, tokenizers and transformers.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';

import { environment } from './environment.ts';
import { writeSyntheticPairs } from './syntheticPairs.ts';
import { median } from './timing.ts';

/** What a run prints, ours or the peer's. */
interface Run {
  rows: number;
  seconds: number;
  /** Of all its threads and processes. */
  cpuSeconds: number;
  peakRssMB: number;
  /** Token ids of both sides of the first rows. */
  first: number[][][];
  versions: string;
}

const FOLDER = dirname(fileURLToPath(import.meta.url));
const PYTHON = process.env['NASHTUNE_PYTHON'] ?? 'python3';
/** Rows whose token ids are compared. */
const FIRST = 500;

const perCpuSecond = (run: Run): number => run.rows / run.cpuSeconds;
const perSecond = (run: Run): number => run.rows / run.seconds;

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '100000' },
    rounds: { type: 'string', default: '3' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '1' },
  },
});
const machine = environment();
const folder = await mkdtemp(join(tmpdir(), 'nashtune-bench-'));
try {
  const pairs = join(folder, 'pairs.jsonl');
  await writeSyntheticPairs(pairs, { rows: Number(values.rows), seed: Number(values.seed) });
  run(PYTHON, join(FOLDER, 'peers/train_tokenizer.py'), '--pairs', pairs, '--out', folder);
  const runs = runByTurns(['--pairs', pairs, '--tokenizer', folder, '--first', String(FIRST)], Number(values.rounds));
  compareIds(runs);
  printRuns(runs);
} finally {
  await rm(folder, { recursive: true });
}
console.log(JSON.stringify({ ...machine, rows: Number(values.rows), seed: Number(values.seed) }));

function runByTurns(terms: readonly string[], rounds: number): Map<string, Run[]> {
  const contenders = contendersOf(terms);
  const runs = new Map<string, Run[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const [name, command] of contenders) {
      const result = JSON.parse(run(...command)) as Run;
      runs.set(name, [...(runs.get(name) ?? []), result]);
      console.error(`round ${round} of ${rounds}: ${name} ${(result.rows / result.cpuSeconds).toFixed(0)} rows/CPU s`);
    }
  }
  return runs;
}

function contendersOf(terms: readonly string[]): [name: string, command: [string, ...string[]]][] {
  const several = Number(values.workers) > 1 ? [values.workers] : [];
  return ['1', ...several].flatMap((workers): [string, [string, ...string[]]][] => [
    [`datasets x${workers}`, [PYTHON, join(FOLDER, 'peers/data.py'), ...terms, '--workers', workers]],
    [
      `nashtune x${workers}`,
      [process.execPath, '--import', 'tsx', join(FOLDER, 'data.ts'), ...terms, '--workers', workers],
    ],
  ]);
}

function run(command: string, ...args: string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 30 });
}

function compareIds(runs: ReadonlyMap<string, readonly Run[]>): void {
  const [[, [base]], ...others] = [...runs] as [[string, Run[]], ...[string, Run[]][]];
  for (const [name, [other]] of others) {
    const at = base!.first.findIndex((ids, row) => !isDeepStrictEqual(ids, other!.first[row]));
    if (at >= 0) throw new Error(`compareData: ${name} has other token ids in row ${at}.`);
  }
  console.log(`Token ids of the first ${base!.first.length} rows are the same.\n`);
}

/** A table with one row each; the ratio to the first is that of the same round. */
function printRuns(runs: ReadonlyMap<string, readonly Run[]>): void {
  const [base] = [...runs.values()];
  console.log('| contender | rows per CPU second | ratio | rows/s | ratio | peak MB |');
  console.log('|---|---|---|---|---|---|');
  for (const [name, list] of runs) {
    const ratios = (speed: (run: Run) => number): number[] => list.map((run, i) => speed(run) / speed(base![i]!));
    const cells = [
      `${name} (${list[0]!.versions})`,
      spread(list.map(perCpuSecond), 0),
      spread(ratios(perCpuSecond), 2),
      spread(list.map(perSecond), 0),
      spread(ratios(perSecond), 2),
      Math.max(...list.map((run) => run.peakRssMB)).toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function spread(numbers: readonly number[], digits: number): string {
  const [low, middle, high] = [Math.min(...numbers), median(numbers), Math.max(...numbers)].map((n) =>
    n.toFixed(digits),
  );
  return `${middle} (${low} to ${high})`;
}

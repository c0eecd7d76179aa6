/**
 * Runs our benchmarks and the PyTorch peers by turns, each in a fresh process, and prints them beside each other and beside
 * what the machine's matrix products allow.
 *
 *   NASHTUNE_PYTHON=python3 node --import tsx bench/compare.ts train|generate|pairrm [--rounds 3] [--steps 5] [--threads N]
 *
 * The interpreter needs torch, and transformers for pairrm.
 */
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { environment } from './environment.ts';
import { matmulSpeeds } from './matmul.ts';
import { GENERATE_TERMS, generateFlopsPerToken, TRAIN_TERMS, trainFlopsPerToken } from './terms.ts';
import { median } from './timing.ts';

interface Contender {
  name: string;
  command: string;
  args: string[];
}

/** What a run prints, ours or a peer's. */
interface Run {
  tokensPerSecond: number;
  compileSeconds: number;
  peakRssMB: number;
}

const BENCHMARKS = ['train', 'generate', 'pairrm'] as const;
const FOLDER = dirname(fileURLToPath(import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const benchmark = BENCHMARKS.find((name) => name === positionals[0]) ?? 'train';
const machine = environment();
const runs = runByTurns(contendersOf(benchmark, values.steps, values.threads), Number(values.rounds));
printRuns(runs);
if (benchmark !== 'pairrm') await printLimits(benchmark, Number(values.threads));
console.log(JSON.stringify({ ...machine, threads: Number(values.threads) }));

function contendersOf(what: string, steps: string, threads: string): Contender[] {
  const common = ['--steps', steps, '--threads', threads];
  const ours = (precision: string): Contender => ({
    name: `nashtune ${precision}`,
    command: process.execPath,
    args: [...program(what), '--precision', precision, ...common],
  });
  const torch = (precision: string, ...flags: string[]): Contender => ({
    name: ['torch', precision, ...flags].join(' '),
    command: process.env['NASHTUNE_PYTHON'] ?? 'python3',
    args: [join(FOLDER, `peers/${what}.py`), '--precision', precision, ...flags, ...common],
  });
  const compiled = what === 'train' ? [torch('fp32', '--compile'), torch('bf16', '--compile')] : [];
  // PairRM in fp32 would take minutes a run.
  if (what === 'pairrm') return [torch('bf16'), ours('bf16')];
  return [ours('fp32'), ours('bf16'), torch('fp32'), torch('bf16'), ...compiled];
}

/** PairRM is timed by a script of its own: the command line has only what users ask of their machines. */
function program(what: string): string[] {
  if (what === 'pairrm') return ['--import', 'tsx', join(FOLDER, 'pairRm.ts')];
  return [join(FOLDER, '../src/cli/bin.js'), 'bench', what, '--json'];
}

function runByTurns(contenders: readonly Contender[], rounds: number): Map<string, Run[]> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const { name, command, args } of contenders) {
      const printed = execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
      const run = JSON.parse(printed) as Run;
      runs.get(name)!.push(run);
      console.error(`round ${round} of ${rounds}: ${name} ${run.tokensPerSecond.toFixed(0)} tokens/s`);
    }
  }
  return runs;
}

/** A table with one row each; the ratio to our first contender is that of the same round. */
function printRuns(runs: ReadonlyMap<string, readonly Run[]>): void {
  const [base] = [...runs.values()];
  console.log('| contender | tokens/s | range | ratio to the first | first run longer by, s | peak GB |');
  console.log('|---|---|---|---|---|---|');
  for (const [name, list] of runs) {
    const speeds = list.map((run) => run.tokensPerSecond);
    const ratios = list.map((run, i) => run.tokensPerSecond / base![i]!.tokensPerSecond);
    const cells = [
      name,
      median(speeds).toFixed(0),
      range(speeds, 0),
      `${median(ratios).toFixed(2)} (${range(ratios, 2)})`,
      median(list.map((run) => run.compileSeconds)).toFixed(1),
      (Math.max(...list.map((run) => run.peakRssMB)) / 1000).toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

function range(numbers: readonly number[], digits: number): string {
  return `${Math.min(...numbers).toFixed(digits)} to ${Math.max(...numbers).toFixed(digits)}`;
}

async function printLimits(what: string, threads: number): Promise<void> {
  const flops = what === 'train' ? trainFlopsPerToken(TRAIN_TERMS) : generateFlopsPerToken(GENERATE_TERMS);
  console.log(`\nMatrix products: ${(flops / 1e6).toFixed(0)} million operations per token.`);
  for (const { mode, precision, gflops } of await matmulSpeeds({ size: 2048, repeats: 5, threads })) {
    const limit = ((gflops * 1e9) / flops).toFixed(0);
    console.log(`${mode} ${precision}: ${gflops.toFixed(0)} GFLOPS on 2048 x 2048, so at most ${limit} tokens/s`);
  }
}

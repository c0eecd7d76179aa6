/**
 * What a training step costs against the size of the model and the length of rows: each case in a fresh process.
 *
 *   node --import tsx bench/scaling.ts [--steps 3] [--precision bf16] [--json]
 *
 * Sizes: 1,024 tokens x 2 answers a step; tokens/s times parameters should stay. Lengths: 4,096 tokens a step of the model
 * of the table, in 16 rows of 256 up to 2 of 2,048; tokens/s should stay.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

import { startEngine } from 'nashtune/engine';
import { createPolicy, parseDecoderConfig, savePolicy, weightSpecs, type DecoderConfig } from 'nashtune/models';

import { alignColumns } from '../src/cli/drawing/alignColumns.ts';
import type { BenchResult } from './benchmark.ts';
import { environment } from './environment.ts';
import { pairsAsJson } from './peerTable/peerTableJob.ts';
import { trainTableJob } from './peerTable/trainTableJob.ts';
import { trainFlopsPerToken } from './terms.ts';
import { randomTrainJob } from './trainJob.ts';

interface Case {
  series: 'size' | 'length';
  model: DecoderConfig;
  parameters: number;
  pairs: number;
  length: number;
}

const LONGEST = 2048;
const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '3' },
    precision: { type: 'string', default: 'bf16' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const precision = values.precision === 'fp32' ? 'fp32' : 'bf16';
const [steps, seed] = [Number(values.steps), Number(values.seed)];
const machine = environment();

const small = llama(256, 4, 704, 16_384);
const middle = llama(512, 8, 1376, 16_384);
const large = llama(768, 12, 2048, 50_304);
const cases = [
  ...[small, middle, large].map((model) => caseOf('size', model, 4, 256)),
  ...[256, 512, 1024, LONGEST].map((length) => caseOf('length', middle, LONGEST / length, length)),
];
const folder = await mkdtemp(join(tmpdir(), 'nashtune-scaling-'));
try {
  await startEngine({ device: 'cpu' });
  const done: (Case & { run: BenchResult })[] = [];
  for (const one of cases) {
    console.error(`${one.series}: ${(one.parameters / 1e6).toFixed(1)}M, rows of ${one.length} ...`);
    done.push({ ...one, run: await timed(one) });
  }
  if (values.json) console.log(JSON.stringify({ ...machine, seed, precision, cases: done.map(asJson) }));
  else {
    console.log(table(done));
    console.log(JSON.stringify({ ...machine, seed, precision }));
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

function llama(hidden: number, layers: number, feedForward: number, vocabulary: number): DecoderConfig {
  const config = {
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: hidden,
    intermediate_size: feedForward,
    num_hidden_layers: layers,
    num_attention_heads: hidden / 64,
    rms_norm_eps: 1e-5,
    max_position_embeddings: LONGEST,
    tie_word_embeddings: true,
  };
  return parseDecoderConfig(config, 'model of bench/scaling.ts');
}

function caseOf(series: Case['series'], model: DecoderConfig, pairs: number, length: number): Case {
  const sizes = weightSpecs(model).map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  return { series, model, parameters: sizes.reduce((a, b) => a + b), pairs, length };
}

async function timed({ model, pairs: batchSize, length }: Case): Promise<BenchResult> {
  const saved = join(folder, `${model.hiddenSize}`);
  if (!existsSync(saved)) {
    const policy = createPolicy(model, seed);
    await savePolicy(policy, saved);
    policy.dispose();
  }
  const { pairs } = randomTrainJob({ model, pairs: batchSize, length }, { steps, seed });
  const own = { precision, pairs: pairsAsJson(pairs), batchSize, maxLength: length, layout: 'padded' } as const;
  const job = join(folder, 'job.json');
  await writeFile(job, JSON.stringify(trainTableJob({ model: saved, seed, device: 'cpu' }, own)));
  const ours = join(import.meta.dirname, 'peerTable', 'ours.ts');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', ours, job]);
  return JSON.parse(stdout) as BenchResult;
}

function table(done: readonly (Case & { run: BenchResult })[]): string {
  const header = ['series', 'M weights', 'rows of', 'tokens/s', 'x weights, G/s', 'GFLOPS', 'peak GB'];
  const cells = done.map(({ series, model, parameters, length, pairs, run }) => [
    series,
    (parameters / 1e6).toFixed(1),
    String(length),
    run.tokensPerSecond.toFixed(0),
    ((run.tokensPerSecond * parameters) / 1e9).toFixed(1),
    ((run.tokensPerSecond * trainFlopsPerToken({ model, pairs, length })) / 1e9).toFixed(0),
    (run.peakRssMB / 1000).toFixed(2),
  ]);
  return alignColumns([header, ...cells], [1, 2, 3, 4, 5, 6]);
}

function asJson({ series, parameters, length, pairs, run }: Case & { run: BenchResult }) {
  const { tokensPerSecond, stepSecondsMedian, spread, peakRssMB } = run;
  return { series, parameters, length, pairs, tokensPerSecond, stepSecondsMedian, spread, peakRssMB };
}

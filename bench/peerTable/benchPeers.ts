/**
 * The table of bench/README.md: every job by turns as ours and as a peer's, each in a fresh process.
 *
 * On a GPU other jobs make the table, beside TRL with and without Liger's kernels. Models are made in the folder of
 * `--models`, and taken from there where they are already; rows of real text are left out without `--pairs`.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startEngine } from 'nashtune/engine';
import { createPolicy, savePolicy, type DecoderConfig } from 'nashtune/models';

import { alignColumns } from '../../src/cli/drawing/alignColumns.ts';
import { memoryBandwidth } from '../bandwidth.ts';
import { compareStarts, type PeerComparison } from '../comparePeer.ts';
import { environment } from '../environment.ts';
import { matmulSpeeds } from '../matmul.ts';
import { peerFolder, peerPython } from '../peerPython.ts';
import { GPU_ROWS } from './gpuRows.ts';
import { limitOf, type MachineSpeed } from './limitOf.ts';
import { emptyCaches } from './emptyCaches.ts';
import { PEER_ROWS, TABLE_MODEL, TEXT_TERMS, type PeerRow, type RowMaterials } from './peerRows.ts';
import { stageTable } from './stageTable.ts';
import { textMaterials } from './textMaterials.ts';

const USAGE = `npm run bench:peers -- [options]

  --rounds N      how often each job runs on either side (2)
  --only A,B      these rows: ${PEER_ROWS.map(({ id }) => id).join(', ')}
  --pairs FILE    preference pairs for the rows of real text, such as HH's
  --seed N        of prompts, weights and draws (1)
  --device gpu    rows of a machine with a GPU: ${GPU_ROWS.map(({ id }) => id).join(', ')}
  --models DIR    keep the models there, for the next time
  --json          one JSON object

First: bench/peers/setup`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
    pairs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    models: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}
const machine = environment();
const python = await peerPython();
const seed = Number(values.seed);
const { device } = values;
if (device !== 'cpu' && device !== 'gpu') {
  console.error(`--device: expected cpu or gpu, got "${device}".`);
  process.exit(2);
}
const table = device === 'gpu' ? GPU_ROWS : PEER_ROWS;
const wanted = values.only?.split(',');
const unknown = wanted?.filter((id) => !table.some((row) => row.id === id)) ?? [];
if (unknown.length > 0) {
  console.error(`--only: there is no row ${unknown.join(', ')}. There are ${table.map(({ id }) => id).join(', ')}.`);
  process.exit(2);
}
const temporary = await mkdtemp(join(tmpdir(), 'nashtune-peers-'));
const saved = new Map<DecoderConfig, string>();

interface Line {
  row: PeerRow;
  /** 0 is the first one, with nothing compiled on disk where the job is started twice. */
  start: number;
  comparison: PeerComparison;
  /** Tokens a second that the machine allows; null for a GPU, whose speeds are not measured, and for a whole round. */
  limit: number | null;
}

try {
  const rows = table.filter(({ id }) => wanted?.includes(id) ?? true);
  const text =
    values.pairs === undefined || !rows.some((row) => row.text)
      ? undefined
      : await textMaterials(values.pairs, {
          terms: TEXT_TERMS,
          python,
          folder: temporary,
          vocabulary: TABLE_MODEL.vocabSize,
          seed,
          onNotice: (line) => console.error(line),
        });
  const speed = device === 'gpu' ? null : await machineSpeed();
  const done: Line[] = [];
  for (const row of rows) {
    const materials: RowMaterials = { model: await savedModel(row.config ?? TABLE_MODEL), seed, device };
    const job = row.text ? text && row.job({ ...materials, text }) : row.job(materials);
    if (!job) {
      console.error(`${row.id}: left out, give pairs of real text with --pairs.`);
      continue;
    }
    const file = join(temporary, `${row.id}.json`);
    await writeFile(file, JSON.stringify(job));
    const ours = {
      name: 'nashtune',
      command: process.execPath,
      args: ['--import', 'tsx', join(import.meta.dirname, 'ours.ts'), file],
    };
    const rounds = Number(values.rounds);
    // A round of few steps: what it compiles is told apart from what it computes by starting it twice.
    const isStartedTwice = job.kind === 'round';
    const caches = isStartedTwice ? await emptyCaches(join(temporary, `${row.id}-caches`), rounds) : [];
    const env = (round: number): Record<string, string> => ({ XDG_CACHE_HOME: caches[round - 1]! });
    const comparisons = await compareStarts(
      isStartedTwice
        ? [
            { ...ours, env },
            { ...ours, env, name: 'nashtune, started again' },
          ]
        : [ours],
      { name: row.peer, command: python, args: [join(peerFolder(), row.script), file] },
      { rounds, onProgress: (text) => console.error(`${row.id}: ${text}`) },
    );
    const limit = speed && job.kind !== 'round' ? limitOf(job, row.config ?? TABLE_MODEL, speed) : null;
    const lines = comparisons.map((comparison, start) => ({ row, start, comparison, limit }));
    done.push(...lines);
    if (!values.json) print(lines);
  }
  if (values.json) console.log(JSON.stringify({ ...machine, speed, seed, rows: done.map(asJson) }));
  else {
    print(done);
    console.log(
      JSON.stringify({
        ...machine,
        speed,
        seed,
        versions: [...new Set(done.map((one) => one.comparison.peer.versions))],
      }),
    );
  }
} finally {
  await rm(temporary, { recursive: true, force: true });
}

/** Folder of a model with random weights; made once. */
async function savedModel(config: DecoderConfig): Promise<string> {
  const known = saved.get(config);
  if (known !== undefined) return known;
  const folder = join(values.models ?? temporary, `${config.architecture.layers.length}x${config.hiddenSize}`);
  saved.set(config, folder);
  if (existsSync(join(folder, 'config.json'))) return folder;
  await startEngine({ device: 'cpu' });
  const policy = createPolicy(config, seed);
  await savePolicy(policy, folder);
  policy.dispose();
  return folder;
}

/** The best that products of large matrices and memory give here, whichever compiled mode it is. */
async function machineSpeed(): Promise<MachineSpeed> {
  const products = await matmulSpeeds({ size: 2048, repeats: 10 });
  const best = (wanted: 'fp32' | 'bf16'): number =>
    Math.max(...products.flatMap(({ precision, gflops }) => (precision === wanted ? gflops : [])));
  return { gflops: { fp32: best('fp32'), bf16: best('bf16') }, gigabytes: await memoryBandwidth({ repeats: 10 }) };
}

function print(lines: readonly Line[]): void {
  const header = [
    'work',
    'peer',
    'ours tok/s',
    'peer tok/s',
    'ratio',
    'target',
    'limit tok/s',
    // Of the GPU, where there is one.
    'ours GB',
    'peer GB',
    'first step s',
    'peer s',
  ];
  const cells = lines.map(({ row, start, comparison: { ours, peer, ratio }, limit }) => [
    workOf(row, start),
    row.peer,
    ours.tokensPerSecond.toFixed(0),
    peer.tokensPerSecond.toFixed(0),
    `${ratio.median.toFixed(2)} (${ratio.range.map((value) => value.toFixed(2)).join(' to ')})`,
    row.target?.toFixed(1) ?? '',
    limit?.toFixed(0) ?? '',
    ((ours.peakGpuMB ?? ours.peakRssMB) / 1000).toFixed(2),
    ((peer.peakGpuMB ?? peer.peakRssMB) / 1000).toFixed(2),
    ours.firstStepSeconds?.toFixed(1) ?? '',
    peer.firstStepSeconds?.toFixed(1) ?? '',
  ]);
  console.log(alignColumns([header, ...cells], [2, 3, 4, 5, 6, 7, 8, 9, 10]));
  for (const { row, start, comparison } of lines) {
    const stages = stageTable(comparison);
    if (stages) console.log(`\n${workOf(row, start)}, seconds\n${stages}`);
  }
}

function workOf({ work }: PeerRow, start: number): string {
  return start === 0 ? work : 'the same, started again: compiled code on disk';
}

function asJson({ row, start, comparison, limit }: Line) {
  const { id, target, precision } = row;
  return { id, start: start + 1, work: workOf(row, start), target, precision, limit, ...comparison };
}

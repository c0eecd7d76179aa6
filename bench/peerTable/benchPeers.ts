/**
 * The table of bench/README.md: every job by turns as ours and as a peer's, each in a fresh process.
 *
 *   bench/peers/setup && npm run bench:peers -- [--rounds 2] [--only train-bf16-trl,generate-hf] [--pairs pairs.jsonl] [--json]
 *   ... -- --device gpu [--models folder]
 *
 * On a GPU other jobs make the table, beside TRL with and without Liger's kernels. The models are made in the folder,
 * and taken from there where they are already.
 * `--pairs` names preference pairs for the row of real text, such as HH's; the row is left out without them.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { startEngine } from 'nashtune/engine';
import { createPolicy, savePolicy, type DecoderConfig } from 'nashtune/models';

import { alignColumns } from '../../src/cli/drawing/alignColumns.ts';
import { comparePeer, type PeerComparison } from '../comparePeer.ts';
import { environment } from '../environment.ts';
import { peerFolder, peerPython } from '../peerPython.ts';
import { GPU_ROWS } from './gpuRows.ts';
import { PEER_ROWS, TABLE_MODEL, TEXT_TERMS, type PeerRow } from './peerRows.ts';
import { textPairs } from './textPairs.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2' },
    only: { type: 'string' },
    pairs: { type: 'string' },
    seed: { type: 'string', default: '1' },
    device: { type: 'string', default: 'cpu' },
    models: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
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
try {
  const rows = table.filter(({ id }) => wanted?.includes(id) ?? true);
  const pairs =
    values.pairs === undefined || !rows.some(({ text }) => text)
      ? []
      : await textPairs(values.pairs, { ...TEXT_TERMS, python, folder: temporary, vocabulary: TABLE_MODEL.vocabSize });
  const done: { row: PeerRow; comparison: PeerComparison }[] = [];
  for (const row of rows) {
    if (row.text && pairs.length === 0) {
      console.error(`${row.id}: left out, give pairs of real text with --pairs.`);
      continue;
    }
    const model = await savedModel(row.config ?? TABLE_MODEL);
    const file = join(temporary, `${row.id}.json`);
    await writeFile(file, JSON.stringify(row.job({ model, seed, device, pairs })));
    const ours = join(import.meta.dirname, 'ours.ts');
    const comparison = await comparePeer(
      { name: 'nashtune', command: process.execPath, args: ['--import', 'tsx', ours, file] },
      { name: row.peer, command: python, args: [join(peerFolder(), row.script), file] },
      { rounds: Number(values.rounds), onProgress: (text) => console.error(`${row.id}: ${text}`) },
    );
    done.push({ row, comparison });
    if (!values.json) print([{ row, comparison }]);
  }
  if (values.json) console.log(JSON.stringify({ ...machine, seed, rows: done.map(asJson) }));
  else {
    print(done);
    console.log(
      JSON.stringify({ ...machine, seed, versions: [...new Set(done.map((one) => one.comparison.peer.versions))] }),
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

function print(lines: readonly { row: PeerRow; comparison: PeerComparison }[]): void {
  const header = [
    'work',
    'peer',
    'ours tok/s',
    'peer tok/s',
    'ratio',
    'target',
    // Of the GPU, where there is one.
    'ours GB',
    'peer GB',
    'first step s',
    'peer s',
  ];
  const cells = lines.map(({ row, comparison: { ours, peer, ratio } }) => [
    row.work,
    row.peer,
    ours.tokensPerSecond.toFixed(0),
    peer.tokensPerSecond.toFixed(0),
    `${ratio.median.toFixed(2)} (${ratio.range.map((value) => value.toFixed(2)).join(' to ')})`,
    row.target?.toFixed(1) ?? '',
    ((ours.peakGpuMB ?? ours.peakRssMB) / 1000).toFixed(2),
    ((peer.peakGpuMB ?? peer.peakRssMB) / 1000).toFixed(2),
    ours.firstStepSeconds?.toFixed(1) ?? '',
    peer.firstStepSeconds?.toFixed(1) ?? '',
  ]);
  console.log(alignColumns([header, ...cells], [2, 3, 4, 5, 6, 7, 8, 9]));
}

function asJson({ row, comparison }: { row: PeerRow; comparison: PeerComparison }) {
  const { id, work, target, precision } = row;
  return { id, work, target, precision, ...comparison };
}

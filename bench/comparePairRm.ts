/**
 * Runs PairRM by turns as ours and as transformers', in bf16, each in a fresh process, and prints both as one JSON object.
 *
 *   bench/peers/setup && node --import tsx bench/comparePairRm.ts [--rounds 3] [--steps 5] [--threads N]
 */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { comparePeer } from './comparePeer.ts';
import { environment } from './environment.ts';
import { peerFolder, peerPython } from './peerPython.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
  },
});
const machine = environment();
const args = ['--precision', 'bf16', '--steps', values.steps, '--threads', values.threads];
const ours = {
  name: 'nashtune',
  command: process.execPath,
  args: ['--import', 'tsx', join(peerFolder(), '../pairRm.ts'), ...args],
};
const peer = {
  name: 'transformers',
  command: await peerPython(),
  args: [join(peerFolder(), 'pairrm.py'), ...args],
};
console.log(JSON.stringify({ ...(await comparePeer(ours, peer, { rounds: Number(values.rounds) })), ...machine }));

import { expect, test } from 'vitest';

import { comparePeer, type Contender } from '../../../bench/comparePeer.ts';
import { stageTable } from '../../../bench/peerTable/stageTable.ts';

/** A program whose run has those stages. */
function program(name: string, stages: Record<string, number> | undefined): Contender {
  const figures = { tokensPerSecond: 1, compileSeconds: 0, stepSecondsMedian: 1, spread: 0, peakRssMB: 1, tokens: 1 };
  return { name, command: process.execPath, args: ['-p', `JSON.stringify(${JSON.stringify({ ...figures, stages })})`] };
}

test('seconds of stages stand beside each other, with how many times as long the peer took', async () => {
  const ours = program('ours', { load: 2, train: 4 });
  const comparison = await comparePeer(ours, program('theirs', { load: 10, train: 6 }), { rounds: 1 });
  expect(stageTable(comparison)!.split('\n')).toEqual([
    'stage  ours  peer  ratio',
    'load    2.0  10.0   5.00',
    'train   4.0   6.0   1.50',
    'all     6.0  16.0   2.67',
  ]);
});

test('work of one part has no table of stages', async () => {
  const whole = program('ours', undefined);
  expect(stageTable(await comparePeer(whole, whole, { rounds: 1 }))).toBeUndefined();
});

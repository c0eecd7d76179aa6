import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { trainingRows } from '../../src/loop/loop.ts';
import { inLoop } from './loopFixtures.ts';

test('a stage that was measured before an interruption is not measured again', async () => {
  const folder = await temporaryFolder();
  await inLoop(folder, (loop) => loop.measure(1, 'evaluation', async () => ({ score: 0.5 })));
  const values = await inLoop(
    folder,
    (loop) => loop.measure(1, 'evaluation', () => Promise.reject(new Error('measured twice'))),
    true,
  );
  expect(values).toEqual({ score: 0.5 });
});

test('seconds go to timings.jsonl, never to metrics.jsonl', async () => {
  const folder = await temporaryFolder();
  const result = await inLoop(folder, (loop) => loop.time(1, 'samples', async () => 'done'));
  expect(result).toBe('done');
  expect(await readFile(join(folder, 'run/timings.jsonl'), 'utf8')).toMatch(/"stage":"samples","seconds":/);
  expect(await readFile(join(folder, 'run/metrics.jsonl'), 'utf8')).toBe('');
});

test('the lock is released when the work fails', async () => {
  const folder = await temporaryFolder();
  await expect(inLoop(folder, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(inLoop(folder, async () => 'again', true)).resolves.toBe('again');
});

test('training rows are those with a step', () => {
  const rows = [
    { round: 1, stage: 'train', step: 1, values: { loss: 1 } },
    { round: 1, stage: 'evaluation', values: { score: 1 } },
  ];
  expect(trainingRows(rows)).toEqual([rows[0]]);
});

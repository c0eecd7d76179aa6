import { createVerifier } from 'nashtune/judges';
import { scoreStage } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { inLoop, promptRow, sampleRow } from './loopFixtures.ts';

test('answers are scored by themselves; resumed after too many failures, only what failed is asked again', async () => {
  const folder = await temporaryFolder();
  const samples = [sampleRow('x', 0, 'good'), sampleRow('x', 1, '?'), sampleRow('y', 0, 'bad')];
  const stage = { prompts: ['x', 'y'].map(promptRow), samples, maxFailed: 0.3 };
  const judge = createVerifier({
    id: 'good',
    check: ({ answer }) => {
      if (answer === '?') throw new Error('cannot be scored');
      return answer === 'good';
    },
  });
  const first = await inLoop(folder, (loop) => scoreStage(loop, 1, { ...stage, judge }));
  expect(first.map(({ prompt_id, k, score, error }) => [prompt_id, k, score, error])).toEqual([
    ['x', 0, 1, null],
    ['x', 1, null, 'cannot be scored'],
    ['y', 0, 0, null],
  ]);
  const mended = createVerifier({ id: 'good', check: ({ answer }) => answer === '?' });
  const again = await inLoop(folder, (loop) => scoreStage(loop, 1, { ...stage, judge: mended }), true);
  expect(again.map(({ score, error }) => [score, error])).toEqual([
    [1, null],
    [1, null],
    [0, null],
  ]);
});

test('failures within the share that is let pass stay as they are', async () => {
  const folder = await temporaryFolder();
  const samples = [sampleRow('x', 0, 'a'), sampleRow('x', 1, 'b')];
  const stage = { prompts: [promptRow('x')], samples, maxFailed: 0.5 };
  const failing = createVerifier({ id: 'half', check: ({ answer }) => (answer === 'a' ? 1 : Number.NaN) });
  const first = await inLoop(folder, (loop) => scoreStage(loop, 1, { ...stage, judge: failing }));
  const never = createVerifier({ id: 'half', check: () => Promise.reject(new Error('asked')) });
  expect(await inLoop(folder, (loop) => scoreStage(loop, 1, { ...stage, judge: never }), true)).toEqual(first);
});

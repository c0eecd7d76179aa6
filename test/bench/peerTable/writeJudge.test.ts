import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { writeJudge } from '../../../bench/peerTable/writeJudge.ts';
import { startEngine } from '../../../src/engine/index.ts';
import { loadPairRm } from '../../../src/judges/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

test('the judge of the table is a PairRM that tells answers apart in bfloat16', async () => {
  await startEngine();
  const folder = await temporaryFolder();
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) {
    await copyFile(join('test/golden/pairRm/hf', name), join(folder, name));
  }
  await writeJudge(folder, { vocabulary: 64, seed: 1 });
  const judge = await loadPairRm(folder, { precision: 'bf16' });
  const prompt = [{ role: 'user' as const, content: 'Where does the bird rest?' }];
  const texts = ['near a river', 'No? I love you!', 'nine old stones', 'the red bird sings at noon'];
  const items = texts.slice(1).map((b, i) => ({ id: String(i), prompt, a: texts[0]!, b }));
  const verdicts = await judge.compare(items);
  judge.dispose();
  expect(verdicts.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
  const probabilities = verdicts.map(({ pFirst }) => pFirst!);
  expect(new Set(probabilities).size).toBe(3);
  for (const p of probabilities) expect(Math.abs(p - 0.5)).toBeGreaterThan(0.001);
});

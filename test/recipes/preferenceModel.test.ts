import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { run } from 'nashtune';
import { loadPreferenceModel, type Comparison } from 'nashtune/judges';
import { beforeAll, describe, expect, test } from 'vitest';

import preferenceModel from '../../recipes/preference-model.ts';
import { LOCK_FILE } from '../../src/base/folderLock.ts';
import { startEngine } from '../../src/engine/index.ts';
import { comparisonPairs } from '../../src/loop/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { comparisonMetrics } from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { runContents } from './runContents.ts';
import { writeSeparablePairs, writeTinyPolicy } from './tinyPolicy.ts';

const TRAIN = { learningRate: 1e-2, batchSize: 16, epochs: 2, evaluations: 2, checkpointEvery: 4 };
interface Result {
  judge: string;
  heldOut: { accuracy: number; log_loss: number; brier: number; ece: number };
}

beforeAll(async () => {
  await startEngine();
});

async function inputs(count: number, labels: object = {}): Promise<{ folder: string; policy: string; pairs: string }> {
  const folder = await temporaryFolder();
  const [policy, pairs] = [join(folder, 'policy'), join(folder, 'pairs.jsonl')];
  await writeTinyPolicy(policy);
  await writeSeparablePairs(pairs, count, labels);
  return { folder, policy, pairs };
}

test('a preference model learns what tells good answers from bad ones; killed and resumed, it is the same', async () => {
  const { folder, policy, pairs } = await inputs(200);
  const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
  const config = { policy, precision: 'fp32' as const, data: { pairs, heldOut: 0.25 }, train: TRAIN };
  // Killed after an evaluation whose checkpoint is not yet written.
  const print = (line: string): void => {
    if (!/^step 10 +held out/.test(line)) return;
    cpSync(whole, killed, { recursive: true });
    rmSync(join(killed, LOCK_FILE), { recursive: true, force: true });
  };
  const result = (await run(preferenceModel, { config, out: whole, print })) as Result;
  const losses = readMetrics(join(whole, 'metrics.jsonl')).filter(({ stage }) => stage === 'train');
  expect(losses[0]!.values['loss']).toBeCloseTo(Math.LN2, 1);
  expect(losses.at(-1)!.values['loss']).toBeLessThan(0.2);
  expect(result.heldOut.accuracy).toBeGreaterThan(0.9);

  const resumed = (await run(preferenceModel, { config, out: killed, resume: true })) as Result;
  const [expected, found] = [await runContents(whole), await runContents(killed)];
  expect([...found.keys()]).toEqual([...expected.keys()]);
  for (const [path, bytes] of expected) expect(found.get(path) === bytes, `${path} differs`).toBe(true);

  const judge = await loadPreferenceModel(resumed.judge);
  const { heldOut } = await comparisonPairs({ source: pairs, heldOut: 0.25, seed: 1 });
  const verdicts = await judge.compare(
    heldOut.map(({ id, prompt, chosen, rejected }): Comparison => ({ id, prompt, a: chosen, b: rejected })),
  );
  judge.dispose();
  const logits = verdicts.map(({ pFirst }) => Math.log(pFirst! / (1 - pFirst!)));
  const measured = comparisonMetrics(
    logits,
    heldOut.map(() => 1),
  );
  expect(measured.log_loss).toBeCloseTo(result.heldOut.log_loss, 5);
  expect(measured.accuracy).toBe(result.heldOut.accuracy);
});

describe('what cannot be trained on is named, and nothing is written', () => {
  test.each([
    ['labels that are all ties', 20, { p_chosen_beats_rejected: 0.5 }, 'p_chosen_beats_rejected is 0.5 in every pair'],
    ['too few pairs to hold any out', 1, {}, 'no pairs are held out to measure on'],
    ['no pairs', 0, {}, 'expected'],
  ])('%s', async (_, count, labels, expected) => {
    const { folder, policy, pairs } = await inputs(count, labels);
    const out = join(folder, 'run');
    const failing = run(preferenceModel, { config: { policy, data: { pairs } }, out });
    const { message } = await userErrorOf(() => failing);
    expect(message).toContain(expected);
    expect(existsSync(out)).toBe(false);
  });

  test("another model's tokenizer", async () => {
    const { folder, pairs } = await inputs(20);
    const policy = join(folder, 'small');
    await writeTinyPolicy(policy, { vocab_size: 100 });
    const { code, message } = await userErrorOf(() =>
      run(preferenceModel, { config: { policy, data: { pairs, heldOut: 0.3 } }, out: join(folder, 'run') }),
    );
    expect(code).toBe('judge.tokenizer');
    expect(message).toContain('the model 100');
  });
});

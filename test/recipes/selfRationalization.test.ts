import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { readRationale } from 'nashtune/judges';
import { beforeAll, expect, test } from 'vitest';

import selfRationalization from '../../recipes/self-rationalization.ts';
import { startEngine } from '../../src/engine/index.ts';
import { comparisonPairs, rationaleQuestions } from '../../src/loop/index.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { runContents } from './runContents.ts';
import { writeSeparablePairs } from './tinyPolicy.ts';
import { writeWeakJudge } from './weakJudge.ts';

beforeAll(async () => {
  await startEngine();
});

test(
  'prefers rationales with the right verdict to wrong ones, trains on them, and resumed has nothing left to do',
  { timeout: 180_000 },
  async () => {
    const folder = await temporaryFolder();
    const [policy, pairs, out] = [join(folder, 'policy'), join(folder, 'pairs.jsonl'), join(folder, 'run')];
    await writeSeparablePairs(pairs, 24);
    await writeWeakJudge(policy, pairs);
    const config = {
      policy,
      rounds: 1,
      precision: 'fp32' as const,
      data: { pairs, heldOut: 0.25 },
      sampling: { samples: 4, maxNewTokens: 8, batchSize: 32 },
      train: { learningRate: 1e-3, epochs: 1, batchSize: 8 },
    };
    const result = (await run(selfRationalization, { config, out })) as { rounds: { failed: number }[] };
    expect(result.rounds).toHaveLength(2);
    expect(result.rounds[0]!.failed).toBeLessThan(0.5);

    const { train } = await comparisonPairs({ source: pairs, heldOut: 0.25, seed: 1 });
    const { verdicts } = rationaleQuestions(train, 1);
    const rows = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
    expect(rows.length).toBeGreaterThan(4);
    for (const { prompt_id, chosen, rejected } of rows) {
      expect(readRationale(chosen)).toBe(verdicts.get(prompt_id));
      expect(readRationale(rejected)).not.toBe(verdicts.get(prompt_id));
    }
    const steps = readMetrics(join(out, 'metrics.jsonl')).filter(({ stage }) => stage === 'train');
    expect(steps[0]!.values['loss']).toBeCloseTo(Math.LN2, 4);

    const before = await runContents(out);
    await run(selfRationalization, { config, out, resume: true });
    expect(await runContents(out)).toEqual(before);
  },
);

const isOn = process.env['NASHTUNE_LEARNING_TEST'] === 'on';
if (!isOn) console.log('Skipped: learning to judge takes a minute; NASHTUNE_LEARNING_TEST=on runs it.');

test.runIf(isOn)(
  'a judge that names letters at random learns which answers are better',
  { timeout: 1_800_000 },
  async () => {
    const folder = await temporaryFolder();
    const [policy, pairs, out] = [join(folder, 'policy'), join(folder, 'pairs.jsonl'), join(folder, 'run')];
    await writeSeparablePairs(pairs, 800);
    await writeWeakJudge(policy, pairs, { layers: 2, steps: 60, learningRate: 5e-3 });
    const config = {
      policy,
      rounds: 2,
      precision: 'fp32' as const,
      data: { pairs, heldOut: 0.25 },
      sampling: { samples: 4, maxNewTokens: 8, batchSize: 64 },
      loss: { alpha: 1 },
      train: { learningRate: 5e-3, epochs: 5, batchSize: 16 },
    };
    const { rounds } = (await run(selfRationalization, { config, out })) as { rounds: { accuracy: number }[] };
    console.log(rounds);
    expect(rounds[0]!.accuracy).toBeLessThan(0.6);
    expect(rounds[1]!.accuracy).toBeGreaterThan(0.9);
    expect(rounds[2]!.accuracy).toBeGreaterThan(0.9);
  },
);

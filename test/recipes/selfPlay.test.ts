import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import iterativeDpo from '../../recipes/iterative-dpo.ts';
import { startEngine } from '../../src/engine/index.ts';
import { recordedRounds, selfPlayFiles, SHORT, trainingSteps } from './selfPlayRun.ts';

/** Machines with other work to do. */
const PATIENT = { timeout: 300_000 };

beforeAll(async () => {
  await startEngine();
});

test('iterative-dpo trains on best against worst from the fixed base, round after round', PATIENT, async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  await run(iterativeDpo, { config: { ...SHORT, policy, data: { prompts } }, out });

  const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  const pairs = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
  expect(pairs.length).toBeGreaterThan(3);
  for (const { prompt_id, chosen_sample_id, p_chosen, p_rejected } of pairs) {
    const rates = [0, 1, 2].map((k) => {
      const own = judgments.filter((row) => row.prompt_id === prompt_id);
      const wins = own.flatMap(({ i, j, p_i_beats_j: p }) => (i === k ? [p!] : j === k ? [1 - p!] : []));
      return wins.reduce((sum, p) => sum + p, 0.5) / 3;
    });
    expect(p_chosen).toBeCloseTo(Math.max(...rates), 6);
    expect(p_rejected).toBeCloseTo(Math.min(...rates), 6);
    expect(p_chosen).toBeGreaterThan(p_rejected);
    expect(chosen_sample_id).toBe(`${prompt_id}/1/${rates.indexOf(Math.max(...rates))}`);
  }

  const [first, second] = await recordedRounds(out);
  expect(second!.reference).toEqual({ policy: 'base', hash: first!.start });
  expect(second!.start).toBe(first!.policy);
  const steps = trainingSteps(out);
  expect(steps).toHaveLength(2);
  expect(steps[0]!.values['loss']).toBeCloseTo(Math.LN2, 5);
  // The policy has left the base by then.
  expect(Math.abs(steps[1]!.values['loss']! - Math.LN2)).toBeGreaterThan(1e-4);
});

test(
  'iterative-dpo takes any loss with its own step zero, and refuses one that it cannot feed before it starts',
  PATIENT,
  async () => {
    const { policy, prompts, out } = await selfPlayFiles();
    const config = { ...SHORT, rounds: 1, policy, data: { prompts } };
    await run(iterativeDpo, { config: { ...config, loss: 'ipo_sum', lossOptions: { beta: 0.25 } }, out });
    expect(trainingSteps(out)[0]!.values['loss']).toBeCloseTo(4, 3);

    const elsewhere = `${out}-refused`;
    const refused = (change: object): Promise<object> =>
      run(iterativeDpo, { config: { ...config, ...change }, out: elsewhere });
    await expect(refused({ loss: 'mnpo', lossOptions: { eta: 1, ratio: 0.5 } })).rejects.toThrow(/mnpo/);
    await expect(refused({ loss: 'step_apo' })).rejects.toThrow(/chosenValues \(scores\)/);
    await expect(refused({ lossOptions: { labelSmothing: 0.1 } })).rejects.toThrow(
      /labelSmothing.*It reads beta, labelSmoothing/,
    );
    await expect(refused({ lossOptions: { beta: -1 } })).rejects.toThrow(/beta must be a positive/);
    expect(existsSync(elsewhere)).toBe(false);
  },
);

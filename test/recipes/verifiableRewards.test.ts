import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { startEngine } from 'nashtune/engine';
import { afterAll, expect, test } from 'vitest';

import { readMetrics } from '../../src/loop/metricsLog.ts';
import bStar from '../../recipes/b-star.ts';
import nft from '../../recipes/nft.ts';
import spo from '../../recipes/spo.ts';
import { writeTinyPolicy } from './tinyPolicy.ts';

await startEngine();
// Of all tests: the policy is written once, and one test looks into the run of another.
const folder = await mkdtemp(join(tmpdir(), 'nashtune-test-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
const [policy, prompts, check] = ['policy', 'prompts.jsonl', 'check.ts'].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
await writeTinyPolicy(policy);
const rows = Array.from({ length: 6 }, (_, i) => ({
  id: `p${i}`,
  prompt: `Question ${i}?`,
  wanted: i < 5 ? 'in' : '~~~',
}));
await writeFile(prompts, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
// No answer has what the last prompt wants, so that its answers are all wrong.
await writeFile(
  check,
  'export default (answer: string, { wanted }: { wanted: string }): boolean => answer.includes(wanted);',
);

const common = {
  policy,
  judge: check,
  precision: 'fp32' as const,
  data: { prompts },
  // Six rows decode at once wherever answers are drawn, so that one program serves all.
  sampling: { samples: 8, maxNewTokens: 4, batchSize: 6 },
  train: { learningRate: 3e-2, batchSize: 48, epochs: 20 },
};

interface Recorded {
  rounds: Record<string, { steps: number; measured: Record<string, number> }>;
}

async function recorded(out: string): Promise<Recorded['rounds'][string][]> {
  const { rounds } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as Recorded;
  return Object.values(rounds);
}

const firstLoss = (out: string): number =>
  readMetrics(join(out, 'metrics.jsonl')).find(({ stage }) => stage === 'train')!.values['loss']!;

/** Share of a round's answers to the first five prompts that hold what the check wants. */
async function shareWanted(out: string, round: string): Promise<number> {
  const samples = await readArrowFile(join(out, round, 'samples.arrow'), 'samples');
  const answers = samples.filter(({ prompt_id }) => prompt_id !== 'p5');
  return answers.filter(({ text }) => text.includes('in')).length / answers.length;
}

test(
  'nft raises the share of right answers, and leaves out prompts that are all right or all wrong',
  { timeout: 120_000 },
  async () => {
    const out = join(folder, 'nft');
    await run(nft, { config: { ...common, loss: { omega: 'sqrt((1-r_q)/r_q)' }, rounds: 2 }, out });
    const [first, second] = await recorded(out);
    expect(await shareWanted(out, 'round-02')).toBeGreaterThan((await shareWanted(out, 'round-01')) + 0.2);

    const scores = await readArrowFile(join(out, 'round-01/scores.arrow'), 'scores');
    const right = rows.map(({ id }) => scores.filter(({ prompt_id, score }) => prompt_id === id && score === 1).length);
    const differing = right.filter((count) => count > 0 && count < 8).length;
    expect(right[5]).toBe(0);
    const counts = { prompts: differing, equalRewards: 6 - differing, notRewarded: 0, examples: 8 * differing };
    expect(first!.measured).toMatchObject(counts);
    expect(first!.steps).toBe(20);
    // On policy all ratios are 1.
    expect(Math.abs(firstLoss(out))).toBeLessThan(1e-5);
    expect(second!.measured['passRate']).toBeGreaterThan(second!.measured['basePassRate']!);
    const kept = await readArrowFile(join(out, 'prompts.arrow'), 'prompts');
    expect(kept.map((row) => (row as unknown as (typeof rows)[number]).wanted)).toEqual(
      rows.map(({ wanted }) => wanted),
    );
  },
);

test(
  'spo raises what wins against the other answers, from advantages that sum to 0',
  { timeout: 120_000 },
  async () => {
    const out = join(folder, 'spo');
    const judge = join(folder, 'judge.mjs');
    await writeFile(
      judge,
      `const worth = (text) => (text.includes('in') ? 1 : 0);
    export default {
      id: 'in',
      compare: async (items) => items.map(({ a, b }) => ({ pFirst: 0.5 + 0.4 * (worth(a) - worth(b)) })),
      dispose() {},
    };`,
    );
    const config = {
      ...common,
      judge,
      advantages: 'leaveOneOut' as const,
      loss: { clipHigh: 100, kl: 0.001 },
      rounds: 2,
    };
    await run(spo, { config, out });
    expect(await shareWanted(out, 'round-02')).toBeGreaterThan((await shareWanted(out, 'round-01')) + 0.2);
    const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
    expect(judgments.length).toBe((6 * 8 * 7) / 2);
    expect(Math.abs(firstLoss(out))).toBeLessThan(1e-5);
    const [first] = await recorded(out);
    expect(first!.measured['prompts']! + first!.measured['equalRewards']!).toBe(6);
    expect(first!.measured).not.toHaveProperty('passRate');
  },
);

test(
  'b-star tries every temperature on the probe prompts and trains on answers that score enough',
  { timeout: 120_000 },
  async () => {
    const out = join(folder, 'b-star');
    const controller = { temperatures: [0.3, 1], thresholds: [0, 0.5], prompts: 3, samples: 4, target: 2 };
    await run(bStar, { config: { ...common, controller, rounds: 1 }, out });
    const balances = await Promise.all(
      controller.temperatures.map(async (temperature) => {
        const scores = await readArrowFile(join(out, `round-01/probe-${temperature}-scores.arrow`), 'scores');
        expect(scores.length).toBe(12);
        const right = ['p0', 'p1', 'p2'].map((id) => scores.filter((row) => row.prompt_id === id && row.score === 1));
        return right.reduce((sum, { length }) => sum + Math.min(length / 2, 1), 0) / 3;
      }),
    );
    const [round] = await recorded(out);
    const { measured } = round!;
    expect(measured['balance']).toBeCloseTo(Math.max(...balances), 12);
    expect(measured['temperature']).toBe(controller.temperatures[balances.indexOf(Math.max(...balances))]);
    const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
    expect(samples[0]!.sampler).toContain(`temperature=${measured['temperature']}`);
    const scores = await readArrowFile(join(out, 'round-01/scores.arrow'), 'scores');
    expect(measured['threshold']).toBe(0.5);
    expect(measured['examples']).toBe(scores.filter(({ score }) => score === 1).length);
  },
);

test('bad input is refused before the run has a folder', async () => {
  const out = join(folder, 'refused');
  const config = { ...common, rounds: 1 };
  await expect(run(nft, { config: { ...config, judge: undefined }, out })).rejects.toThrow(
    /judge: nft needs one that tells right answers from wrong ones, found none/,
  );
  await expect(run(nft, { config: { ...config, judge: 'verifier:numeric' }, out })).rejects.toThrow(
    /p0: no "answer"[^]*--set answerColumn/,
  );
  await expect(mkdir(out)).resolves.toBeUndefined();
});

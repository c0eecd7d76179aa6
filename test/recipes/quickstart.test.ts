import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { expect, test } from 'vitest';

import quickstart from '../../recipes/quickstart.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

interface Result {
  rounds: { round: number; winRate: { mean: number; low: number; high: number }; controlWinRate: { mean: number } }[];
  baseAgainstTraining: number;
  judgeAccuracy: { noisy: number; clean: number; count: number };
  notVerbatim: number;
  report: string;
}

test(
  'the quickstart plays its rounds, runs the control beside them, and reports both',
  { timeout: 300_000 },
  async () => {
    const out = join(await temporaryFolder(), 'run');
    const config = {
      rounds: 1,
      promptsPerRound: 8,
      heldOutPrompts: 16,
      sampling: { samples: 3, maxNewTokens: 48, batchSize: 24 },
      train: { batchSize: 4, epochs: 1 },
    };
    const result = (await run(quickstart, { config, out })) as Result;

    expect(result.rounds).toHaveLength(1);
    const [{ winRate, controlWinRate }] = result.rounds as [Result['rounds'][0]];
    expect(winRate.low).toBeLessThanOrEqual(winRate.mean);
    expect(winRate.mean).toBeLessThanOrEqual(winRate.high);
    expect(controlWinRate.mean).toBeGreaterThanOrEqual(0);
    expect(result.judgeAccuracy.noisy).toBeGreaterThan(0.6);
    expect(result.judgeAccuracy.noisy).toBeLessThan(0.95);
    expect(await readFile(result.report, 'utf8')).toContain('<!doctype html>');

    const pairs = await readArrowFile(join(out, 'round-01/pairs.arrow'), 'pairs');
    expect(pairs.every(({ p_chosen, p_rejected }) => p_chosen >= p_rejected)).toBe(true);
    const control = await readArrowFile(join(out, 'control/round-01/pairs.arrow'), 'pairs');
    expect(control.every(({ provenance }) => provenance.includes('permuted'))).toBe(true);
  },
);

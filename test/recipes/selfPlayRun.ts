import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { MetricsRow } from '../../src/loop/metricsLog.ts';
import { readMetrics } from '../../src/loop/metricsLog.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { writeTinyPolicy } from './tinyPolicy.ts';

/** Files of a run of a recipe that plays rounds. */
export interface SelfPlayFiles {
  policy: string;
  out: string;
  prompts: string;
}

/** A tiny policy, and six prompts each with a human answer. */
export async function selfPlayFiles(shape: object = {}): Promise<SelfPlayFiles> {
  const folder = await temporaryFolder();
  const [policy, prompts, out] = [join(folder, 'policy'), join(folder, 'prompts.jsonl'), join(folder, 'run')];
  await writeTinyPolicy(policy, shape);
  const rows = Array.from({ length: 6 }, (_, i) => ({
    id: `p${i}`,
    prompt: `Question ${i}?`,
    completion: `Yes, ${i}.`,
  }));
  await writeFile(prompts, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return { policy, out, prompts };
}

/** Settings that make a run short. */
export const SHORT = {
  rounds: 2,
  precision: 'fp32' as const,
  sampling: { samples: 3, maxNewTokens: 8, batchSize: 32 },
  train: { learningRate: 1e-3, batchSize: 8, epochs: 1 },
};

/** What a run recorded of its rounds, the first one first. */
export async function recordedRounds(out: string): Promise<RecordedRound[]> {
  const { rounds } = JSON.parse(await readFile(join(out, 'run.json'), 'utf8')) as {
    rounds: Record<string, RecordedRound>;
  };
  return Object.values(rounds);
}

interface RecordedRound {
  policy: string;
  start: string;
  reference: { policy: string; hash: string };
  steps: number;
  measured: Record<string, number>;
}

/** Measurements of the training steps of a run. */
export function trainingSteps(out: string): MetricsRow[] {
  return readMetrics(join(out, 'metrics.jsonl')).filter(({ stage }) => stage === 'train');
}

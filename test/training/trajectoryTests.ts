import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer, pairBatches, type TokenizedPair } from '../../datasets/index.ts';
import { LOSSES, type LossEntry } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { loadPolicy } from '../../src/models/index.ts';
import { createTrainer, pairMetrics, createSchedule, createSequenceScorer } from '../../src/training/index.ts';

/** A training run of TRL: model, pairs in order, and what TRL logged at each step. */
const folder =
  process.env['NASHTUNE_TRAJECTORY_FIXTURES'] ?? fileURLToPath(new URL('../golden/trl_trajectory', import.meta.url));

interface Expected {
  config: { learning_rate: number; schedule: string; batch_size: number; max_length: number; max_grad_norm: number };
  runs: Record<string, { beta: number; steps: Record<string, number>[] }>;
}

const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
const pairs = JSON.parse(readFileSync(join(folder, 'pairs.json'), 'utf8')) as Record<
  'prompt' | 'chosen' | 'rejected',
  string
>[];
const { config } = expected;

/** TRL's names of losses where ours differ. */
const OUR_NAMES: Record<string, string> = { sigmoid: 'dpo', ipo: 'ipo_avg' };
const losses: Readonly<Record<string, LossEntry>> = LOSSES;
const runs = Object.entries(expected.runs).map(([trl, run]) => ({ trl, id: OUR_NAMES[trl] ?? trl, ...run }));
const known = runs.filter(({ id }) => id in losses);
for (const { trl } of runs.filter(({ id }) => !(id in losses))) {
  console.log(`trajectory: not tested, because there is no such loss yet: ${trl}`);
}
if (known.length === 0) throw new Error(`${folder}: no run with a loss of the registry.`);

/** Every loss operation by operation, which needs no compilation, and so many of them compiled. */
function casesOf(compiled: number) {
  return [
    ...known.map((run) => ({ ...run, mode: 'eager' as const })),
    ...known.slice(0, compiled).map((run) => ({ ...run, mode: 'xla' as const })),
  ];
}

let tokenized: TokenizedPair[];
let references: Record<string, Float64Array>;
async function tokenizedPairs(): Promise<TokenizedPair[]> {
  const tokenizer = await loadTokenizer(join(folder, 'model'));
  return pairs.map(({ prompt, chosen, rejected }, i) => {
    const encode = (text: string): number[] => tokenizer.encode(text, { addSpecialTokens: false });
    const promptIds = encode(prompt);
    const completion = (text: string): number[] => {
      const whole = encode(prompt + text);
      expect(whole.slice(0, promptIds.length)).toEqual(promptIds);
      return [...whole.slice(promptIds.length), tokenizer.eosTokenId!];
    };
    return { id: String(i), promptIds, chosenIds: completion(chosen), rejectedIds: completion(rejected) };
  });
}

/** Every run starts from the same model, and so has the same references. */
async function referenceLogps(): Promise<Record<string, Float64Array>> {
  const policy = await loadPolicy(join(folder, 'model'));
  const scorer = createSequenceScorer(policy, { batchSize: 80, padToken: 0, bf16: false });
  const score = (side: 'chosenIds' | 'rejectedIds'): Promise<Float64Array> =>
    scorer.score(tokenized.map((pair) => ({ promptIds: pair.promptIds, completionIds: pair[side] })));
  const logps = { refChosenLogps: await score('chosenIds'), refRejectedLogps: await score('rejectedIds') };
  scorer.dispose();
  policy.dispose();
  return logps;
}

/** Tests of the trajectories on the engine that runs. */
export function trajectoryTests({ compiled }: { compiled: number }): void {
  beforeAll(async () => {
    await startEngine();
    tokenized = await tokenizedPairs();
    references = await referenceLogps();
  });

  describe.each(casesOf(compiled))("$id in mode $mode follows TRL's $trl", ({ id, beta, steps, mode }) => {
    test('loss, gradient norm, rewards and log-probabilities, step for step', async () => {
      const policy = await loadPolicy(join(folder, 'model'));
      const trainer = createTrainer({
        policy,
        loss: losses[id]!,
        lossOptions: { beta },
        clipNorm: config.max_grad_norm,
        weightDecay: 0,
        padToken: 0,
        bf16: false,
        mode,
      });
      const batches = pairBatches(tokenized, {
        batchSize: config.batch_size,
        maxLength: config.max_length,
        padTokenId: 0,
        order: 'given',
      });
      let step = 0;
      for (const batch of batches) {
        const row = steps[step++]!;
        const extra = Object.fromEntries(
          Object.entries(references).map(([key, values]) => [
            key,
            Float32Array.from(batch.indices, (at) => values[at]!),
          ]),
        );
        const result = await trainer.update(batch, extra, step, row['learning_rate']!);
        const found = pairMetrics(result, extra, { beta });
        const where = `step ${step}`;
        expect(Math.abs(found['loss']! / row['loss']! - 1), `${where}: loss`).toBeLessThan(1e-4);
        expect(Math.abs(result.gradNorm / row['grad_norm']! - 1), `${where}: grad_norm`).toBeLessThan(1e-3);
        for (const name of [
          'rewards/chosen',
          'rewards/rejected',
          'rewards/margins',
          'logps/chosen',
          'logps/rejected',
        ]) {
          expect(Math.abs(found[name]! - row[name]!), `${where}: ${name}`).toBeLessThan(1e-3);
        }
        // TRL counts a tie 0. At the start all are ties, which rounding breaks one way or the other.
        if (step > 1)
          expect(found['rewards/accuracies_strict'], `${where}: accuracies`).toBe(row['rewards/accuracies']);
      }
      expect(step).toBe(steps.length);
      trainer.dispose();
      policy.dispose();
    }, 180_000);

    test.runIf(config.schedule === 'linear to 0, no warmup')('learning rates', () => {
      const schedule = createSchedule({ name: 'linear', peak: config.learning_rate, total: steps.length });
      steps.forEach((row, i) => {
        expect(schedule(i + 1) / row['learning_rate']!).toBeCloseTo(1, 6);
      });
    });
  });
}

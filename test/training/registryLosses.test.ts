import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { pairBatches, sampleBatches, type BatchOptions, type TokenizedPair } from '../../datasets/index.ts';
import { LOSSES, type LossEntry, type LossId } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { loadWeights, type Policy } from '../../src/models/index.ts';
import { createTrainer, extraInputs, type ExtraInputs, type StepResult } from '../../src/training/index.ts';
import { completionsOf, formOf } from '../../src/training/lossInputs.ts';
import { camelKeys, GOLDEN_LOSSES, readVectors } from '../losses/goldenVectors.ts';
import { GOLDEN_MODELS, loadGoldenPolicy } from '../models/modelCases.ts';

const pairs: TokenizedPair[] = Array.from({ length: 4 }, (_, i) => ({
  id: `pair ${i}`,
  promptIds: [5 + i, 6, 7].slice(0, 1 + (i % 3)),
  chosenIds: [...[20 + i, 21, 22, 23].slice(0, 1 + i), 2],
  rejectedIds: [...[30 + i, 31].slice(0, 1 + (i % 2)), 2],
}));
const samples = pairs.map(({ id, promptIds, chosenIds }) => ({ id, promptIds, completionIds: chosenIds }));
const OPTIONS: BatchOptions = { batchSize: 4, maxLength: 128, padTokenId: 0, order: 'given' };

let policy: Policy;
beforeAll(async () => {
  await startEngine();
  policy = await loadGoldenPolicy();
});
afterAll(() => policy.dispose());

function numberFor(key: string, i: number): number {
  if (/logps/i.test(key)) return -6 - i;
  if (/Prob|softLabels|Accuracy/i.test(key)) return 0.25 + 0.125 * i;
  return /correct|Wins/.test(key) ? i % 2 : 0.5 * i - 0.5;
}

/** Numbers that could be what each input means; four examples, two earlier iterates. */
function extraFor(loss: LossEntry): ExtraInputs {
  return Object.fromEntries(
    extraInputs(loss).map((key) => {
      const form = formOf(key);
      if (form.per === 'batch') return [key, Float32Array.of(0.25)];
      if (form.per === 'example') return [key, Float32Array.from(pairs, (_, i) => numberFor(key, i))];
      const lists = pairs.map((pair, i) => {
        if (form.per === 'iterate') return Float32Array.of(-6 - i, -7 - i);
        const completion = form.side === 0 ? pair.chosenIds : pair.rejectedIds;
        return Float32Array.from(completion, (_, t) => -2 - 0.1 * (i + t));
      });
      return [key, lists];
    }),
  );
}

const OWN_OPTIONS: Partial<Record<LossId, object>> = {
  bco_pair_running: { beta: 0.1 },
  kto_unpaired: { beta: 0.1 },
  ld_dpo: { beta: 0.1, ldAlpha: 0.5 },
};

function optionsOf(id: LossId): Record<string, unknown> {
  const vector = readVectors(GOLDEN_LOSSES).find(({ loss }) => loss === id);
  // The trainer supplies what the vectors have among the parameters.
  const { kl: _, ...options } = camelKeys(vector?.params ?? {});
  return { ...options, ...OWN_OPTIONS[id] };
}

async function oneStep(id: LossId, change: Partial<BatchOptions>): Promise<StepResult & { evaluated: number }> {
  const loss: LossEntry = LOSSES[id];
  const trainer = createTrainer({
    policy,
    loss: id,
    lossOptions: optionsOf(id),
    clipNorm: 1,
    weightDecay: 0,
    padToken: 0,
    bf16: false,
    mode: 'eager',
  });
  const options = { ...OPTIONS, ...change };
  const batches = completionsOf(loss) === 2 ? pairBatches(pairs, options) : sampleBatches(samples, options);
  const batch = batches.next().value!;
  const evaluated = await trainer.evaluate(batch, extraFor(loss));
  const result = await trainer.update(batch, extraFor(loss), 1, 1e-3);
  await loadWeights(policy, `${GOLDEN_MODELS}/llama`);
  trainer.dispose();
  return { ...result, evaluated: evaluated.loss };
}

const ids = (Object.keys(LOSSES) as LossId[]).filter((id) => id !== 'kl');

describe.each(ids)('%s', (id) => {
  test('trains a policy, and is the same in pieces, packed, and evaluated', async () => {
    const whole = await oneStep(id, {});
    expect(Number.isFinite(whole.loss)).toBe(true);
    expect(whole.gradNorm).toBeGreaterThan(0);
    for (const change of [{ microBatchSize: 1 }, { layout: 'shared-prompt' as const, batchSize: 5 }]) {
      const other = await oneStep(id, change);
      const scale = Math.max(1e-3, Math.abs(whole.loss));
      expect(Math.abs(other.loss - whole.loss) / scale).toBeLessThan(1e-5);
      expect(Math.abs(other.evaluated - whole.loss) / scale).toBeLessThan(1e-5);
      expect(Math.abs(other.gradNorm / whole.gradNorm - 1)).toBeLessThan(1e-5);
    }
  });
});

test('a loss of logits is refused, as a trainer never holds them', () => {
  const make = (): unknown =>
    createTrainer({ policy, loss: 'kl', lossOptions: {}, clipNorm: 1, weightDecay: 0, padToken: 0, bf16: false });
  expect(make).toThrow(/^kl: reads policyLogits and refLogits, .* withKl/);
});

import { pairBatches, type ExampleBatch } from 'nashtune/datasets';
import type { CompileMode } from 'nashtune/engine';
import { LOSSES } from 'nashtune/losses';
import { createPolicy } from 'nashtune/models';
import { createTrainer } from 'nashtune/training';

import { randomStream } from '../src/base/seed.ts';
import { runBenchmark, type BenchOptions, type BenchResult } from './benchmark.ts';
import { randomTokens, TRAIN_TERMS, type TrainTerms } from './terms.ts';

export interface TrainBenchOptions extends BenchOptions {
  /** How the step runs. Default: the engine's choice. */
  mode?: CompileMode | undefined;
  /** Whether activations are computed again in the backward pass. Default false. */
  recompute?: boolean | undefined;
}

export interface TrainBenchResult extends BenchResult {
  mode: CompileMode | 'default';
  /** Of every step, the compiling one included: the same for the same seed. */
  losses: number[];
}

/**
 * Times DPO training steps (forward, backward, clipping and AdamW) on full sequences of random tokens, all of them in the loss.
 * A step is one update.
 *
 * @throws {UserError} when the engine does not start
 */
export async function benchTrain(
  options: TrainBenchOptions,
  terms: TrainTerms = TRAIN_TERMS,
): Promise<TrainBenchResult> {
  const { mode, seed, recompute } = options;
  const { model, pairs, length } = terms;
  const losses: number[] = [];
  const result = await runBenchmark('train', options, (precision) => {
    const policy = createPolicy(model, seed);
    const trainer = createTrainer({
      policy,
      loss: LOSSES.dpo,
      lossOptions: { beta: 0.1 },
      clipNorm: 1,
      weightDecay: 0.01,
      padToken: 0,
      bf16: precision === 'bf16',
      recompute,
      ...(mode ? { mode } : {}),
    });
    const batch = randomPairs(terms, seed);
    // Near what random weights give: 1/V for each token.
    const logps = new Float32Array(pairs).fill(-Math.log(model.vocabSize) * (length - 1));
    return {
      tokens: 2 * pairs * length,
      stepsPerRun: 1,
      run: async (index) => {
        const reference = { refChosenLogps: logps, refRejectedLogps: logps };
        losses.push((await trainer.update(batch, reference, index + 1, 1e-4)).loss);
      },
      dispose: () => {
        trainer.dispose();
        policy.dispose();
      },
    };
  });
  return { ...result, mode: mode ?? 'default', losses };
}

/** One batch of full sequences; the first token of each is its prompt. */
function randomPairs({ model, pairs, length }: TrainTerms, seed: number): ExampleBatch {
  const random = randomStream(seed, 'bench', 'train');
  const rows = Array.from({ length: pairs }, (_, i) => ({
    id: `pair ${i}`,
    promptIds: randomTokens(model, 1, random),
    chosenIds: randomTokens(model, length - 1, random),
    rejectedIds: randomTokens(model, length - 1, random),
  }));
  const [batch] = pairBatches(rows, { batchSize: pairs, maxLength: length, padTokenId: 0, order: 'given' });
  return batch!;
}

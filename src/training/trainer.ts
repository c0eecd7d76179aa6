import * as tf from '@tensorflow/tfjs-core';

import type { ExampleBatch } from '../../datasets/index.ts';
import { randomStream } from '../base/seed.ts';
import { compile, type CompileMode, type CompileOptions } from '../engine/index.ts';
import { checkTokenIds, readWeights, trainableParameters, trainingWeights, type Policy } from '../models/index.ts';
import { createAccumulatingStep, type AccumulatingStep } from './accumulatingStep.ts';
import { checkAvailable, checkValues } from './checkLoss.ts';
import { checkLossInputs } from './checkLossInputs.ts';
import { completionOutputs, type CompletionOutputs, type TokenTensors } from './completionLogProbs.ts';
import { createEma, type Ema, type EmaOptions } from './ema.ts';
import { gatherLogProbs, scatterGradients, type GatheredLogProbs } from './gatherLogProbs.ts';
import { completionsOf, computedInputs, extraTensors, readsSquares, type ExtraInputs } from './lossInputs.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { createOptimizer, type OptimizerSettings } from './optimizers/registry.ts';
import { pieceOf, type CoupledPiece, type Piece, type TokenPiece } from './pieces.ts';
import { resolveLoss, type LossChoice, type NamedLoss } from './resolveLoss.ts';
import { createSequenceScorer, type SequenceScorer } from './sequenceScorer.ts';
import { scalarOf, takeData } from './takeData.ts';
import { createTrainingStep } from './trainingStep.ts';
import { updateInPieces } from './updateInPieces.ts';

/** What a batch gave; log-probabilities are those before an update. */
export interface BatchResult {
  loss: number;
  /** Summed log-probabilities, nats, by completion of an example (chosen, rejected), then by example. */
  logps: Float32Array[];
}

/** What one update reports. */
export interface StepResult extends BatchResult {
  /** Of the whole batch, before clipping. */
  gradNorm: number;
}

/** Trains one policy by one loss; compiled once, used in every round. */
export interface Trainer {
  readonly policy: Policy;
  readonly optimizer: Optimizer;
  /** Running average of the trained weights, if asked for. */
  readonly ema: Ema | undefined;
  readonly loss: NamedLoss;
  readonly lossOptions: LossOptions;
  readonly padToken: number;
  /** Whether matrix products are computed in bfloat16. */
  readonly bf16: boolean;
  /** Scores sequences under the policy as it is now, for reference log-probabilities. */
  readonly scorer: SequenceScorer;

  /**
   * One update on one batch. Its micro-batches are computed one after the other and give the gradients of the whole batch,
   * whatever the loss: where the loss couples its examples, it is taken of all of them first, which costs another forward
   * pass.
   *
   * Where it throws midway, as for want of memory, some weights may be new and others not: load a checkpoint before going on.
   *
   * @param step counted from 1 since the optimizer's reset
   * @param seed with the step, of an adapter's dropout; default 0
   * @throws {RangeError} when `extra` lacks an input of the loss, or has a value that cannot be (naming the example), or
   *   when the loss does not return one value per example
   * @throws {UserError} when a token is not in the policy's vocabulary
   */
  update(
    batch: ExampleBatch,
    extra: ExtraInputs,
    step: number,
    learningRate: number,
    seed?: number | string,
  ): Promise<StepResult>;
  /** The loss of a batch without an update, dropout off. Throws as `update`. */
  evaluate(batch: ExampleBatch, extra: ExtraInputs): Promise<BatchResult>;
  dispose(): void;
}

/** Options of a loss; `beta` also scales the implicit rewards in the metrics. */
export type LossOptions = Readonly<Record<string, unknown>>;

export interface TrainerOptions {
  policy: Policy;
  /** An id of the registry, an entry like one of it, or a function of one's own. */
  loss: LossChoice;
  lossOptions: LossOptions;
  /** Largest joint norm of the gradients. */
  clipNorm: number;
  /** Of matrices; vectors (norms, biases) do not decay. Settings of the optimizer go before it. */
  weightDecay: number;
  /** Default: AdamW. */
  optimizer?: OptimizerSettings | undefined;
  /** Default: no average. */
  ema?: EmaOptions | undefined;
  padToken: number;
  bf16: boolean;
  /** Compute the inside of each layer again in the backward pass: less memory, a sixth more time. Default false. */
  recompute?: boolean | undefined;
  /** Default: as `compile` chooses. */
  mode?: CompileMode | undefined;
}

/** Sequences scored in one call. */
const SCORED_TOGETHER = 64;

/** Makes a trainer with one loss and one optimizer, and one compiled function per shape of micro-batch. */
export function createTrainer(options: TrainerOptions): Trainer {
  const { policy, lossOptions, padToken, bf16, clipNorm, recompute } = options;
  const loss = resolveLoss(options.loss);
  checkAvailable(loss);
  const parameters = trainableParameters(policy);
  const optimizer = createOptimizer(parameters, {
    weightDecay: options.weightDecay,
    ...(options.optimizer ?? { name: 'adamw' }),
  });
  const ema = options.ema && createEma(parameters, options.ema);
  const scorer = createSequenceScorer(policy, { batchSize: SCORED_TOGETHER, padToken, bf16 });
  const compileOptions: CompileOptions = {
    bf16,
    memoryAdvice: 'Lower train.batchSize or train.microBatchSize, or train on shorter rows.',
    ...(options.mode ? { mode: options.mode } : {}),
  };
  type Named = Readonly<Record<string, tf.Tensor>>;
  const sides = completionsOf(loss);
  const squares = readsSquares(loss);
  const outputsOf = (trained: Named, { tokens, dropoutSeed }: TokenPiece): CompletionOutputs => {
    const weights = trainingWeights(policy, trained, dropoutSeed as tf.Tensor1D);
    return completionOutputs(policy.config, weights, tokens, { recompute, squares });
  };
  const valuesOf = (outputs: CompletionOutputs & { mask: tf.Tensor }, inputs: Named): tf.Tensor1D => {
    const values = loss.fn({ ...computedInputs(loss, outputs), ...inputs }, lossOptions);
    return checkValues(loss, values, outputs.mask.shape[0] / sides);
  };
  const shareOf = (trained: Named, piece: Piece): { loss: tf.Scalar; report: Named } => {
    const outputs = outputsOf(trained, piece);
    const values = valuesOf({ ...outputs, mask: piece.tokens.mask }, piece.inputs);
    const repeats = values.shape[0] / piece.shares.shape[0];
    const shares = repeats === 1 ? piece.shares : tf.div(tf.tile(piece.shares, [repeats]), repeats);
    return { loss: tf.sum(tf.mul(values, shares)), report: { logProbs: outputs.logProbs } };
  };

  const whole = createTrainingStep<Piece>({
    parameters,
    optimizer,
    ...(ema ? { ema } : {}),
    clipNorm,
    lossOf: shareOf,
    name: 'trainingStep',
    ...compileOptions,
  });
  const forward = compile(
    ({ tokens }: { tokens: TokenTensors }) =>
      completionOutputs(policy.config, readWeights(policy), tokens, { squares }),
    { name: 'logProbs', ...compileOptions },
  );
  const forwardInTraining = compile(
    (piece: TokenPiece) => {
      const trained = Object.fromEntries([...parameters].map(([name, parameter]) => [name, parameter.read()]));
      return outputsOf(trained, piece);
    },
    { name: 'logProbsInTraining', ...compileOptions },
  );
  const lossOfAll = compile(
    ({ inputs, ...outputs }: CompletionOutputs & { mask: tf.Tensor; inputs: Named }) => {
      const objective = (given: tf.Tensor): tf.Scalar => tf.mean(valuesOf({ ...outputs, logProbs: given }, inputs));
      const { value, grad } = tf.valueAndGrad(objective)(outputs.logProbs);
      return { loss: value, given: grad };
    },
    { name: 'lossOfBatch', ...(options.mode ? { mode: options.mode } : {}) },
  );
  const common = { parameters, optimizer, ema, clipNorm, compileOptions };
  // Made when first used: each holds a sum of gradients as large as the trained weights.
  let separate: AccumulatingStep<Piece> | undefined;
  let coupled: AccumulatingStep<CoupledPiece> | undefined;

  /** Log-probabilities of all examples, and the loss of all with its gradients with respect to them. */
  async function takeWhole(
    pieces: readonly TokenPiece[],
    run: (piece: TokenPiece) => Promise<CompletionOutputs>,
    batch: ExampleBatch,
    extra: ExtraInputs,
  ): Promise<{ loss: number; all: GatheredLogProbs; given: Float32Array }> {
    const parts: Float32Array[] = [];
    const squareParts: Float32Array[] = [];
    for (const piece of pieces) {
      const outputs = await run(piece);
      parts.push(await takeData(outputs.logProbs));
      if (outputs.squares) squareParts.push(await takeData(outputs.squares));
    }
    const all = gatherLogProbs(batch, parts, sides);
    const table = (values: Float32Array): tf.Tensor2D => tf.tensor2d(values, [all.sequences, all.length]);
    const tensors = {
      logProbs: table(all.logProbs),
      ...(squares ? { squares: table(gatherLogProbs(batch, squareParts, sides).logProbs) } : {}),
      mask: table(all.mask),
      inputs: extraTensors(extra, [...batch.indices.keys()], all.mask, sides),
    };
    try {
      const result = await lossOfAll.async(tensors);
      return { loss: await scalarOf(result.loss), all, given: await takeData(result.given) };
    } finally {
      tf.dispose(tensors);
    }
  }

  async function updateWith(
    pieces: readonly Piece[],
    batch: ExampleBatch,
    extra: ExtraInputs,
    scalars: { step: tf.Tensor; learningRate: tf.Tensor },
  ): Promise<StepResult> {
    const filler = batch.microBatches.some(({ members, slots }) => members.length < slots);
    if (loss.coupled && (pieces.length > 1 || filler)) {
      const {
        loss: value,
        all,
        given,
      } = await takeWhole(pieces, (piece) => forwardInTraining.async(piece), batch, extra);
      coupled ??= createAccumulatingStep<CoupledPiece>({
        ...common,
        lossOf: (trained, piece) => ({ loss: tf.sum(tf.mul(outputsOf(trained, piece).logProbs, piece.given)) }),
      });
      for (const [i, { tokens, dropoutSeed }] of pieces.entries()) {
        const part = tf.tensor2d(
          scatterGradients(batch.microBatches[i]!, given, all),
          tokens.mask.shape as [number, number],
        );
        try {
          tf.dispose(await coupled.add.async({ tokens, dropoutSeed, given: part }));
        } finally {
          part.dispose();
        }
      }
      return { loss: value, gradNorm: await finish(coupled, scalars), logps: all.sums };
    }
    if (pieces.length === 1) {
      const result = await whole.async({ batch: pieces[0]!, ...scalars });
      const parts = [await takeData(result['logProbs']!)];
      const [value, gradNorm] = [await scalarOf(result['loss']!), await scalarOf(result['gradNorm']!)];
      return { loss: value, gradNorm, logps: gatherLogProbs(batch, parts, sides).sums };
    }
    separate ??= createAccumulatingStep<Piece>({ ...common, lossOf: shareOf });
    return updateInPieces(separate, pieces, { batch, sides, ...scalars });
  }

  return {
    policy,
    optimizer,
    ema,
    loss,
    lossOptions,
    padToken,
    bf16,
    scorer,
    update: async (batch, extra, step, learningRate, seed = 0) => {
      checkBatch(loss, policy, batch, extra);
      const dropout = randomStream(seed, 'dropout', step).integer(2 ** 30);
      const pieces = batch.microBatches.map((micro, i) => pieceOf(micro, batch, extra, [dropout, i]));
      const scalars = { step: tf.scalar(step), learningRate: tf.scalar(learningRate) };
      try {
        return await updateWith(pieces, batch, extra, scalars);
      } catch (error) {
        separate?.clear();
        coupled?.clear();
        throw error;
      } finally {
        tf.dispose([pieces, scalars]);
      }
    },
    evaluate: async (batch, extra) => {
      checkBatch(loss, policy, batch, extra);
      const pieces = batch.microBatches.map((micro, i) => pieceOf(micro, batch, extra, [0, i]));
      try {
        const { loss: value, all } = await takeWhole(pieces, ({ tokens }) => forward.async({ tokens }), batch, extra);
        return { loss: value, logps: all.sums };
      } finally {
        tf.dispose(pieces);
      }
    },
    dispose: () => {
      for (const made of [whole, forward, forwardInTraining, lossOfAll, separate, coupled, scorer, optimizer, ema]) {
        made?.dispose();
      }
    },
  };
}

function checkBatch(loss: NamedLoss, policy: Policy, batch: ExampleBatch, extra: ExtraInputs): void {
  checkLossInputs(loss, extra, batch);
  for (const { inputIds } of batch.microBatches) checkTokenIds(policy.config, inputIds, 'batch');
}

/** Updates the weights by what was added; gives the norm of the gradient. */
async function finish(
  steps: Pick<AccumulatingStep<never>, 'finish'>,
  scalars: { step: tf.Tensor; learningRate: tf.Tensor },
): Promise<number> {
  const { gradNorm } = await steps.finish.async(scalars);
  return scalarOf(gradNorm);
}

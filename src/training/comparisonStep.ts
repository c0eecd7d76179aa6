import * as tf from '@tensorflow/tfjs-core';

import { compile, type CompileOptions } from '../engine/index.ts';
import { readWeights, type ComparedText, type ComparisonModel, type TextTensors } from '../models/index.ts';
import { createAccumulatingStep, type AccumulatingStep } from './accumulatingStep.ts';
import { centeringLoss, comparisonLoss } from './comparisonLoss.ts';
import type { StepLoss } from './lossGradients.ts';
import type { Optimizer } from './optimizers/optimizer.ts';
import { scalarOf, takeData } from './takeData.ts';
import { createTrainingStep } from './trainingStep.ts';

/** Two texts and which is better. */
export interface LabelledComparison<Text extends ComparedText> {
  id: string;
  first: Text;
  second: Text;
  /** That the first is better. */
  probability: number;
  /** By how much the logit is to be higher than the label asks for. Default 0. */
  margin?: number | undefined;
}

export interface ComparisonStepOptions<Text extends ComparedText, B extends TextTensors> {
  model: ComparisonModel<Text, B>;
  optimizer: Optimizer;
  /** Largest joint norm of the gradients. */
  clipNorm: number;
  /** Comparisons of a batch; a smaller one is filled up. */
  batchSize: number;
  /** Comparisons computed at once, a divisor of the batch size. Default: all. */
  microBatchSize?: number | undefined;
  /** Weight of {@link centeringLoss}, for models with scores. Default 0. */
  centering?: number | undefined;
  bf16: boolean;
}

/** Trains and asks one model; compiled once for each length of texts. */
export interface ComparisonStep<Text extends ComparedText> {
  /** One update on at most `batchSize` comparisons; the logits are those before it. */
  update(
    batch: readonly LabelledComparison<Text>[],
    step: number,
    learningRate: number,
  ): Promise<{ loss: number; gradNorm: number; logits: Float32Array }>;
  /** The logits of at most `batchSize` comparisons. */
  logits(batch: readonly LabelledComparison<Text>[]): Promise<Float32Array>;
  dispose(): void;
}

/** Comparisons as tensors, all [B] but the texts; `shares` are their parts in the loss of the whole batch. */
type Piece<B extends TextTensors> = {
  texts: B;
  probabilities: tf.Tensor1D;
  margins: tf.Tensor1D;
  shares: tf.Tensor1D;
};

/** Makes the compiled functions of a model's training. */
export function createComparisonStep<Text extends ComparedText, B extends TextTensors>(
  options: ComparisonStepOptions<Text, B>,
): ComparisonStep<Text> {
  const { model, optimizer, clipNorm, batchSize, microBatchSize = batchSize, centering = 0, bf16 } = options;
  const { parameters } = model.model;
  const compileOptions: CompileOptions = {
    bf16,
    memoryAdvice: 'Lower train.batchSize or train.microBatchSize, or train on shorter texts.',
  };
  const lossOf = (weights: Readonly<Record<string, tf.Tensor>>, piece: Piece<B>): StepLoss => {
    const { logits, scores } = model.compare(weights, piece.texts);
    let losses = comparisonLoss(tf.sub(logits, piece.margins), piece.probabilities);
    if (centering > 0 && scores) losses = tf.add(losses, tf.mul(centering, centeringLoss(scores)));
    return { loss: tf.sum(tf.mul(losses, piece.shares)), report: { logits } };
  };
  const whole = createTrainingStep<Piece<B>>({
    parameters,
    optimizer,
    clipNorm,
    lossOf,
    name: 'comparisonStep',
    ...compileOptions,
  });
  const ask = compile((texts: B): tf.Tensor1D => model.compare(readWeights(model.model), texts).logits, {
    name: 'comparisonLogits',
    ...compileOptions,
  });
  // Holds a sum of gradients as large as the trained weights.
  const parts: AccumulatingStep<Piece<B>> | undefined =
    microBatchSize < batchSize
      ? createAccumulatingStep({ parameters, optimizer, clipNorm, lossOf, compileOptions })
      : undefined;

  const piecesOf = (batch: readonly LabelledComparison<Text>[]): LabelledComparison<Text>[][] => {
    const pieces: LabelledComparison<Text>[][] = [];
    for (let i = 0; i < batch.length; i += microBatchSize) pieces.push(batch.slice(i, i + microBatchSize));
    return pieces;
  };
  const tensorsOf = (piece: readonly LabelledComparison<Text>[], total: number): Piece<B> => {
    const rows = filled(piece, microBatchSize);
    const share = (_: unknown, i: number): number => (i < piece.length ? 1 / total : 0);
    return {
      texts: textsOf(model, rows),
      probabilities: tf.tensor1d(rows.map(({ probability }) => probability)),
      margins: tf.tensor1d(rows.map(({ margin = 0 }) => margin)),
      shares: tf.tensor1d(rows.map(share)),
    };
  };

  return {
    update: async (batch, step, learningRate) => {
      const pieces = piecesOf(batch);
      const scalars = { step: tf.scalar(step), learningRate: tf.scalar(learningRate) };
      const logits = new Float32Array(batch.length);
      let loss = 0;
      let gradNorm: tf.Tensor | undefined;
      try {
        for (const [i, rows] of pieces.entries()) {
          const piece = tensorsOf(rows, batch.length);
          try {
            const result = parts ? await parts.add.async(piece) : await whole.async({ batch: piece, ...scalars });
            logits.set((await takeData(result['logits']!)).subarray(0, rows.length), i * microBatchSize);
            loss += await scalarOf(result['loss']!);
            gradNorm = result['gradNorm'];
          } finally {
            tf.dispose(piece);
          }
        }
        if (parts) ({ gradNorm } = await parts.finish.async(scalars));
        return { loss, gradNorm: await scalarOf(gradNorm!), logits };
      } catch (error) {
        parts?.clear();
        throw error;
      } finally {
        tf.dispose(scalars);
      }
    },
    logits: async (batch) => {
      const found: number[] = [];
      for (const rows of piecesOf(batch)) {
        const texts = textsOf(model, filled(rows, microBatchSize));
        try {
          found.push(...(await takeData(await ask.async(texts))).subarray(0, rows.length));
        } finally {
          tf.dispose(texts);
        }
      }
      return Float32Array.from(found);
    },
    dispose: () => {
      for (const made of [whole, ask, parts]) made?.dispose();
    },
  };
}

/** Repeats the first comparison up to the size of the compiled function. */
function filled<Text extends ComparedText>(
  rows: readonly LabelledComparison<Text>[],
  size: number,
): LabelledComparison<Text>[] {
  return Array.from({ length: size }, (_, i) => rows[i] ?? rows[0]!);
}

function textsOf<Text extends ComparedText, B extends TextTensors>(
  model: ComparisonModel<Text, B>,
  rows: readonly LabelledComparison<Text>[],
): B {
  return model.tensorsOf([...rows.map(({ first }) => first), ...rows.map(({ second }) => second)]);
}

import * as tf from '@tensorflow/tfjs-core';

import { updateSlice, whileLoop } from '../engine/index.ts';
import {
  capLogits,
  decoderHidden,
  groupedAttention,
  outputEmbedding,
  positionTable,
  type DecoderConfig,
  type Weights,
} from '../models/index.ts';
import { drawToken } from './drawToken.ts';
import type { TokenFilters } from './keptWeights.ts';
import { penalizeRepeats } from './penalizeRepeats.ts';
import type { Caches } from './prefill.ts';
import { slotMasks } from './slotMasks.ts';

export interface SegmentInputs {
  /** With L slots, of which those before `position` are in use. */
  caches: Caches;
  /** The last token of each row, which is not in the caches yet, [R] int32. */
  token: tf.Tensor1D;
  /** Unused slots in front of each row, [R] int32. */
  padding: tf.Tensor1D;
  /** Tokens that each row may still get, [R] int32; 0: nothing runs in this row. */
  remaining: tf.Tensor1D;
  /** The slot that the first step writes, scalar int32. */
  position: tf.Tensor;
  /** The segment ends after this many steps, scalar int32, at most S and L - position ... */
  steps: tf.Tensor;
  /** ... or when no more rows than this are running, scalar int32. */
  idleAt: tf.Tensor;
  /** One number in [0, 1) for each token to draw, [S, R]. */
  uniforms: tf.Tensor2D;
  /** 1 for tokens that are in a row, [R, V]; an empty list without repetition penalty. */
  seen: tf.Tensor2D[];
  [name: string]: Caches | tf.Tensor | tf.Tensor[];
}

export interface Segment {
  caches: Caches;
  /** [S, R] int32; what follows a row's end is padding. */
  tokens: tf.Tensor;
  /** Log-probabilities of the tokens in nats, [S, R]; 0 after the end. */
  logProbs: tf.Tensor;
  /** Steps that ran, scalar int32. */
  steps: tf.Tensor;
  [name: string]: Caches | tf.Tensor;
}

export interface SegmentSettings extends TokenFilters {
  temperature: number;
  repetitionPenalty: number;
  /** Tokens that end a row. */
  stopTokens: readonly number[];
  padToken: number;
}

/** A model that tokens are drawn from, alone or in a mixture. */
export interface DecodedModel {
  config: DecoderConfig;
  weights: Weights;
  /** Share of its logits in those that tokens are drawn from; the shares add up to 1. */
  share: number;
}

interface LoopState {
  step: tf.Tensor;
  token: tf.Tensor;
  remaining: tf.Tensor;
  tokens: tf.Tensor;
  logProbs: tf.Tensor;
  seen: tf.Tensor[];
  keys: tf.Tensor[];
  values: tf.Tensor[];
  [name: string]: tf.Tensor | tf.Tensor[];
}

/** Draws token after token for all rows, until the caches are full or enough rows have ended. Compiled as a whole. */
export function decodeSegment(
  models: readonly DecodedModel[],
  inputs: SegmentInputs,
  settings: SegmentSettings,
): Segment {
  const { uniforms, padding } = inputs;
  const drawn = uniforms.shape;
  const [, rows] = drawn;
  const slots = inputs.caches.keys[0]!.shape[2]!;
  const tables = models.map(({ config }) => {
    const count = Math.min(slots, config.contextLength);
    return { count, at: positionTable(config, count) };
  });

  const last = whileLoop<LoopState>(
    (s) => tf.logicalAnd(tf.less(s.step, inputs.steps), tf.greater(runningRows(s), inputs.idleAt)),
    (s) => step(s),
    {
      step: tf.scalar(0, 'int32'),
      token: inputs.token,
      remaining: inputs.remaining,
      tokens: tf.fill(drawn, settings.padToken, 'int32'),
      logProbs: tf.zeros(drawn),
      seen: inputs.seen,
      keys: inputs.caches.keys,
      values: inputs.caches.values,
    },
  );
  const { tokens, logProbs, keys, values } = last;
  return { caches: { keys, values }, tokens, logProbs, steps: last.step };

  function step(s: LoopState): LoopState {
    const keys: tf.Tensor[] = [];
    const values: tf.Tensor[] = [];
    const logits = models.map((_, m) => logitsOf(m, s, keys, values));
    return { ...record(s, mixedLogits(models, logits), settings, uniforms), keys, values };
  }

  /** Logits of one model; the caches of its layers follow those of the models before it. */
  function logitsOf(m: number, s: LoopState, keys: tf.Tensor[], values: tf.Tensor[]): tf.Tensor2D {
    const { config, weights } = models[m]!;
    const table = tables[m]!;
    const before = keys.length;
    const slot = tf.add(s.step, inputs.position);
    const masks = slotMasks(config, slot, slots, padding);
    // Rows in which nothing runs may be past the last position.
    const position = tf.minimum(tf.sub(slot, tf.reshape(padding, [rows, 1])), tf.scalar(table.count - 1, 'int32'));
    const hidden = decoderHidden(
      config,
      weights,
      tf.reshape(s.token, [rows, 1]) as tf.Tensor2D,
      table.at(position as tf.Tensor2D),
      (layer, heads) => {
        const at = before + layer;
        keys.push(updateSlice(s.keys[at]!, heads.keys, 2, slot));
        values.push(updateSlice(s.values[at]!, heads.values, 2, slot));
        const { rule } = config.architecture.layers[layer]!;
        const cached = { keys: keys[at] as tf.Tensor4D, values: values[at] as tf.Tensor4D };
        return groupedAttention({ queries: heads.queries, ...cached }, rule, masks.get(rule.window)!);
      },
    );
    const flat = tf.reshape(hidden, [rows, config.hiddenSize]) as tf.Tensor2D;
    return capLogits(config, tf.matMul(flat, outputEmbedding(config, weights), false, true)) as tf.Tensor2D;
  }
}

/** Logits of the distribution in proportion to the product of each model's to the power of its share. */
function mixedLogits(models: readonly DecodedModel[], logits: readonly tf.Tensor2D[]): tf.Tensor2D {
  if (models.length === 1) return logits[0]!;
  return logits.map((values, m) => tf.mul(values, models[m]!.share)).reduce((a, b) => tf.add(a, b)) as tf.Tensor2D;
}

function runningRows({ remaining }: LoopState): tf.Tensor {
  return tf.sum(tf.cast(tf.greater(remaining, tf.scalar(0, 'int32')), 'int32'));
}

/** Draws a token for each row that still runs, and notes which rows end with it. */
function record(s: LoopState, logits: tf.Tensor2D, settings: SegmentSettings, uniforms: tf.Tensor2D): LoopState {
  const [rows, vocabulary] = logits.shape;
  const scores = s.seen.map((seen) => penalizeRepeats(logits, seen as tf.Tensor2D, settings.repetitionPenalty))[0];
  const uniform = tf.reshape(tf.gather(uniforms, tf.reshape(s.step, [1]), 0), [rows]) as tf.Tensor1D;
  const drawn = drawToken(logits, uniform, settings.temperature, { filters: settings, ...(scores ? { scores } : {}) });
  const { shape } = drawn.tokens;
  const zero = tf.scalar(0, 'int32');
  const live = tf.greater(s.remaining, zero);
  const token = tf.where(live, drawn.tokens, tf.fill(shape, settings.padToken, 'int32'));
  const logProbs = tf.where(live, drawn.logProbs, tf.zerosLike(drawn.logProbs));
  const stops = tf.tensor1d([...settings.stopTokens], 'int32');
  const ended = tf.any(tf.equal(tf.reshape(token, [rows, 1]), stops), -1);
  const left = tf.sub(s.remaining, tf.scalar(1, 'int32'));
  return {
    ...s,
    step: tf.add(s.step, tf.scalar(1, 'int32')),
    token,
    remaining: tf.where(tf.logicalAnd(live, tf.logicalNot(ended)), left, tf.zerosLike(left)),
    tokens: updateSlice(s.tokens, tf.reshape(token, [1, rows]), 0, s.step),
    logProbs: updateSlice(s.logProbs, tf.reshape(logProbs, [1, rows]), 0, s.step),
    seen: s.seen.map((seen) => tf.maximum(seen, tf.cast(tf.oneHot(token, vocabulary), 'float32'))),
  };
}

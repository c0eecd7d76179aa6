import * as tf from '@tensorflow/tfjs-core';

import { updateSlice, whileLoop } from '../engine/index.ts';
import {
  capLogits,
  decoderHidden,
  groupedAttention,
  MASKED,
  outputEmbedding,
  positionTable,
  windowsOf,
} from '../models/index.ts';
import type { DecoderConfig, Positions, Weights } from '../models/index.ts';
import { drawToken } from './drawToken.ts';

/** Cached positions grow in steps, so that early tokens do not attend over the whole final cache. */
const CACHE_STEP = 64;

export interface DecodeInputs {
  /** Left-padded prompts, [B, P] int32. */
  prompts: tf.Tensor2D;
  /** Padding tokens in front of each prompt, [B] int32. */
  padding: tf.Tensor1D;
  /** One number in [0, 1) for each token to draw, [B, N]. */
  uniforms: tf.Tensor2D;
  [name: string]: tf.Tensor;
}

export interface Decoded {
  /** [N, B] int32; what follows an end token is padding. */
  tokens: tf.Tensor;
  /** Log-probabilities of the tokens in nats, [N, B]; 0 after the end. */
  logProbs: tf.Tensor;
  [name: string]: tf.Tensor;
}

interface LoopState {
  step: tf.Tensor;
  token: tf.Tensor;
  /** 1 for rows still running, [B] int32. */
  running: tf.Tensor;
  tokens: tf.Tensor;
  logProbs: tf.Tensor;
  keys: tf.Tensor[];
  values: tf.Tensor[];
  [name: string]: tf.Tensor | tf.Tensor[];
}

export interface DecodeSettings {
  config: DecoderConfig;
  maxNewTokens: number;
  temperature: number;
  endToken: number;
  padToken: number;
}

/**
 * Samples a batch of responses: one pass over the prompts, then one token a step with cached keys and values, until
 * every row has ended. Meant to be compiled as a whole.
 */
export function decode(weights: Weights, inputs: DecodeInputs, settings: DecodeSettings): Decoded {
  const { config, maxNewTokens } = settings;
  const [batch, promptLength] = inputs.prompts.shape;
  const positionsAt = positionTable(config, promptLength + maxNewTokens);
  const padding = tf.reshape(inputs.padding, [batch, 1]);

  const prefill = prefillPrompts(weights, inputs, config, positionsAt, padding);
  const uniformAt = (step: tf.Tensor): tf.Tensor1D =>
    tf.reshape(tf.gather(inputs.uniforms, tf.reshape(step, [1]), 1), [batch]);
  const draw = (hidden: tf.Tensor, step: tf.Tensor): ReturnType<typeof drawToken> => {
    const flat = tf.reshape(hidden, [batch, config.hiddenSize]) as tf.Tensor2D;
    const logits = capLogits(config, tf.matMul(flat, outputEmbedding(config, weights), false, true)) as tf.Tensor2D;
    return drawToken(logits, uniformAt(step), settings.temperature);
  };

  const first = draw(prefill.last, tf.scalar(0, 'int32'));
  const drawn: [number, number] = [maxNewTokens, batch];
  let state: LoopState = {
    step: tf.scalar(0, 'int32'),
    token: first.tokens,
    running: tf.onesLike(first.tokens),
    tokens: tf.tensor(new Int32Array(maxNewTokens * batch).fill(settings.padToken), drawn),
    logProbs: tf.zeros(drawn),
    keys: prefill.keys,
    values: prefill.values,
  };
  state = record(state, first, settings);

  for (let length = 1; length < maxNewTokens;) {
    const until = Math.min(
      maxNewTokens,
      Math.max(CACHE_STEP, Math.ceil((promptLength + length + 1) / CACHE_STEP) * CACHE_STEP) - promptLength,
    );
    const room = promptLength + until - state.keys[0]!.shape[2]!;
    const grow = (cache: tf.Tensor): tf.Tensor =>
      tf.pad(cache, [
        [0, 0],
        [0, 0],
        [0, room],
        [0, 0],
      ]);
    state = { ...state, keys: state.keys.map(grow), values: state.values.map(grow) };
    state = whileLoop(
      (s) =>
        tf.logicalAnd(
          tf.less(s.step, tf.scalar(until - 1, 'int32')),
          tf.greater(tf.max(s.running), tf.scalar(0, 'int32')),
        ),
      (s) => decodeStep(s),
      state,
    );
    length = until;
  }
  return { tokens: state.tokens, logProbs: state.logProbs };

  function decodeStep(s: LoopState): LoopState {
    const cacheLength = s.keys[0]!.shape[2]!;
    const position = tf.add(s.step, tf.scalar(promptLength, 'int32'));
    const slots = tf.range(0, cacheLength, 1, 'int32');
    const masks = windowMasks(config, (window) => {
      const allowed = tf.logicalAnd(tf.lessEqual(slots, position), tf.greaterEqual(slots, padding));
      const near =
        window === null
          ? allowed
          : tf.logicalAnd(allowed, tf.greater(slots, tf.sub(position, tf.scalar(window, 'int32'))));
      return tf.reshape(maskOf(near), [batch, 1, 1, 1, cacheLength]);
    });
    const keys: tf.Tensor[] = [];
    const values: tf.Tensor[] = [];
    const hidden = decoderHidden(
      config,
      weights,
      tf.reshape(s.token, [batch, 1]) as tf.Tensor2D,
      positionsAt(tf.sub(position, padding)),
      (layer, heads) => {
        keys.push(updateSlice(s.keys[layer]!, heads.keys, 2, position));
        values.push(updateSlice(s.values[layer]!, heads.values, 2, position));
        const { rule } = config.architecture.layers[layer]!;
        const cached = { keys: keys[layer] as tf.Tensor4D, values: values[layer] as tf.Tensor4D };
        return groupedAttention({ queries: heads.queries, ...cached }, rule, masks.get(rule.window)!);
      },
    );
    const step = tf.add(s.step, tf.scalar(1, 'int32'));
    return record({ ...s, step, keys, values }, draw(hidden, step), settings);
  }
}

/** Writes the drawn tokens of the rows that still run, and notes which rows end with them. */
function record(state: LoopState, drawn: ReturnType<typeof drawToken>, settings: DecodeSettings): LoopState {
  const { shape } = drawn.tokens;
  const live = tf.greater(state.running, tf.scalar(0, 'int32'));
  const tokens = tf.where(live, drawn.tokens, tf.fill(shape, settings.padToken, 'int32'));
  const logProbs = tf.where(live, drawn.logProbs, tf.zerosLike(drawn.logProbs));
  const ended = tf.equal(tokens, tf.scalar(settings.endToken, 'int32'));
  return {
    ...state,
    token: tokens,
    running: tf.cast(tf.logicalAnd(live, tf.logicalNot(ended)), 'int32'),
    tokens: updateSlice(state.tokens, tf.reshape(tokens, [1, ...shape]), 0, state.step),
    logProbs: updateSlice(state.logProbs, tf.reshape(logProbs, [1, ...shape]), 0, state.step),
  };
}

function prefillPrompts(
  weights: Weights,
  { prompts }: DecodeInputs,
  config: DecoderConfig,
  positionsAt: (indices: tf.Tensor2D) => Positions,
  padding: tf.Tensor,
): { last: tf.Tensor; keys: tf.Tensor[]; values: tf.Tensor[] } {
  const [batch, length] = prompts.shape;
  const slots = tf.range(0, length, 1, 'int32');
  const positions = tf.maximum(tf.sub(tf.reshape(slots, [1, length]), padding), tf.scalar(0, 'int32'));
  const real = tf.reshape(tf.greaterEqual(slots, padding), [batch, 1, 1, 1, length]);
  const distance = tf.sub(tf.reshape(slots, [length, 1]), tf.reshape(slots, [1, length]));
  const masks = windowMasks(config, (window) => {
    const past = tf.greaterEqual(distance, tf.scalar(0, 'int32'));
    const near = window === null ? past : tf.logicalAnd(past, tf.less(distance, tf.scalar(window, 'int32')));
    return maskOf(tf.logicalAnd(real, tf.reshape(near, [1, 1, 1, length, length])));
  });
  const keys: tf.Tensor[] = [];
  const values: tf.Tensor[] = [];
  const hidden = decoderHidden(config, weights, prompts, positionsAt(positions as tf.Tensor2D), (layer, heads) => {
    keys.push(heads.keys);
    values.push(heads.values);
    const { rule } = config.architecture.layers[layer]!;
    return groupedAttention(heads, rule, masks.get(rule.window)!);
  });
  return { last: tf.slice(hidden, [0, length - 1, 0], [batch, 1, config.hiddenSize]), keys, values };
}

/** One mask for each window that the model's layers have. */
function windowMasks(config: DecoderConfig, make: (window: number | null) => tf.Tensor): Map<number | null, tf.Tensor> {
  return new Map(windowsOf(config).map((window) => [window, make(window)]));
}

/** Added to scores: nothing where allowed. */
function maskOf(allowed: tf.Tensor): tf.Tensor {
  return tf.where(allowed, tf.scalar(0), tf.scalar(MASKED));
}

import * as tf from '@tensorflow/tfjs-core';

import { joinHeads, type Attention, type AttentionRule, type Heads } from './attention.ts';
import type { Linear } from './linear.ts';
import type { Mlp } from './mlp.ts';
import type { Norm } from './norms.ts';
import { weightsOf, type Module, type Weights } from './weights.ts';

/** Attends in one layer, with or without a cache; rotary positions are the callee's. Returns [B, heads, T, headSize]. */
export type AttendInLayer = (heads: Heads) => tf.Tensor4D;

/** One layer of a decoder. */
export interface DecoderLayer extends Module {
  readonly rule: AttentionRule;
  /** Linear maps, which adapters can be put on. */
  readonly linears: readonly Linear[];
  /** x [B, T, D] to [B, T, D] */
  apply(x: tf.Tensor, weights: Weights, attend: AttendInLayer): tf.Tensor;
}

interface LayerParts {
  attentionNorm: Norm;
  attention: Attention;
  /** Over what attention adds (Gemma 2). */
  attentionOutputNorm?: Norm;
  mlpNorm: Norm;
  mlp: Mlp;
  /** Over what the feed-forward part adds (Gemma 2). */
  mlpOutputNorm?: Norm;
}

/** x + attention(norm(x)), then x + mlp(norm(x)). */
export function sequentialLayer(parts: LayerParts): DecoderLayer {
  const { attentionNorm, attention, attentionOutputNorm, mlpNorm, mlp, mlpOutputNorm } = parts;
  return {
    rule: attention.rule,
    linears: [...attention.linears, ...mlp.linears],
    weights: weightsOf(attentionNorm, attention, attentionOutputNorm, mlpNorm, mlp, mlpOutputNorm),
    apply: (x, weights, attend) => {
      const mixed = attended(attention, attentionNorm.apply(x, weights), weights, attend);
      const between = tf.add(x, attentionOutputNorm ? attentionOutputNorm.apply(mixed, weights) : mixed);
      const transformed = mlp.apply(mlpNorm.apply(between, weights), weights);
      return tf.add(between, mlpOutputNorm ? mlpOutputNorm.apply(transformed, weights) : transformed);
    },
  };
}

/** x + attention(norm(x)) + mlp(norm'(x)); Wang and Komatsuzaki 2021 (GPT-J), as GPT-NeoX has it. */
export function parallelLayer(
  parts: Pick<LayerParts, 'attentionNorm' | 'attention' | 'mlpNorm' | 'mlp'>,
): DecoderLayer {
  const { attentionNorm, attention, mlpNorm, mlp } = parts;
  return {
    rule: attention.rule,
    linears: [...attention.linears, ...mlp.linears],
    weights: weightsOf(attentionNorm, mlpNorm, attention, mlp),
    apply: (x, weights, attend) => {
      const mixed = attended(attention, attentionNorm.apply(x, weights), weights, attend);
      const transformed = mlp.apply(mlpNorm.apply(x, weights), weights);
      return tf.add(x, tf.add(transformed, mixed));
    },
  };
}

function attended(attention: Attention, x: tf.Tensor, weights: Weights, attend: AttendInLayer): tf.Tensor {
  return attention.output.apply(joinHeads(attend(attention.project(x, weights))), weights);
}

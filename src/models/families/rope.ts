import { z } from 'zod';

import { rotaryOf, type RopeScaling } from '../layers/ropeFrequencies.ts';
import type { Rotary } from '../layers/rotary.ts';

const factor = z.number().positive();
const length = z.int().positive();
const theta = z.number().positive().optional();
const share = z.number().positive().max(1).optional();
const shared = { rope_theta: theta, partial_rotary_factor: share };

const parameters = z.discriminatedUnion(
  'rope_type',
  [
    z.looseObject({ ...shared, rope_type: z.literal('default') }),
    z.looseObject({ ...shared, rope_type: z.literal('linear'), factor }),
    z.looseObject({
      ...shared,
      rope_type: z.literal('llama3'),
      factor,
      low_freq_factor: factor,
      high_freq_factor: factor,
      original_max_position_embeddings: length,
    }),
    z.looseObject({
      ...shared,
      rope_type: z.literal('yarn'),
      factor: factor.nullish(),
      original_max_position_embeddings: length.optional(),
      attention_factor: factor.nullish(),
      beta_fast: factor.nullish(),
      beta_slow: factor.nullish(),
      mscale: z.number().nullish(),
      mscale_all_dim: z.number().nullish(),
      truncate: z.boolean().default(true),
    }),
  ],
  { error: 'expected rope_type default, linear, llama3 or yarn' },
);

/** The older spelling calls the type `type`, and leaves it out for plain positions. */
const scaling = z.preprocess((value) => {
  if (typeof value !== 'object' || value === null) return value;
  const { type = 'default', rope_type = type, ...rest } = value as Record<string, unknown>;
  return { ...rest, rope_type };
}, parameters);

/** The fields about rotary positions in config.json: those of transformers 5, and those before. */
export const ropeFields = {
  rope_parameters: scaling.nullish(),
  rope_scaling: scaling.nullish(),
  rope_theta: theta,
  partial_rotary_factor: share,
} as const;

interface RopeFields {
  rope_parameters?: z.output<typeof parameters> | null | undefined;
  rope_scaling?: z.output<typeof parameters> | null | undefined;
  rope_theta?: number | undefined;
  partial_rotary_factor?: number | undefined;
  max_position_embeddings: number;
}

/** The rotary positions that a config.json asks for; a head is turned as a whole unless it says otherwise. */
export function readRope(
  config: RopeFields,
  headSize: number,
  defaults: { theta?: number; share?: number } = {},
): Rotary {
  // As in transformers, the older field wins where both are there.
  const given = config.rope_scaling ?? config.rope_parameters ?? { rope_type: 'default' as const };
  const turned = given.partial_rotary_factor ?? config.partial_rotary_factor ?? defaults.share ?? 1;
  const base = given.rope_theta ?? config.rope_theta ?? defaults.theta ?? 10_000;
  return rotaryOf(Math.trunc(headSize * turned), base, scalingOf(given, config.max_position_embeddings));
}

function scalingOf(given: z.output<typeof parameters>, contextLength: number): RopeScaling {
  if (given.rope_type === 'default') return { kind: 'default' };
  if (given.rope_type === 'linear') return { kind: 'linear', factor: given.factor };
  if (given.rope_type === 'llama3') {
    return {
      kind: 'llama3',
      factor: given.factor,
      lowFrequencyFactor: given.low_freq_factor,
      highFrequencyFactor: given.high_freq_factor,
      originalLength: given.original_max_position_embeddings,
    };
  }
  const originalLength = given.original_max_position_embeddings ?? contextLength;
  return {
    kind: 'yarn',
    factor: given.factor ?? contextLength / originalLength,
    originalLength,
    attentionFactor: given.attention_factor ?? undefined,
    betaFast: given.beta_fast ?? 32,
    betaSlow: given.beta_slow ?? 1,
    mscale: given.mscale ?? undefined,
    mscaleAllDim: given.mscale_all_dim ?? undefined,
    truncate: given.truncate,
  };
}

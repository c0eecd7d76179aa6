import { z } from 'zod';

import type { DecoderConfig } from '../decoderConfig.ts';
import type { Linear } from '../layers/linear.ts';

/** What a low-rank adapter looks like; every option has PEFT's meaning. */
export const loraSchema = z.strictObject({
  rank: z.int().positive().default(16).describe('rank of the update of each matrix'),
  alpha: z.number().positive().default(32).describe('the update is scaled by alpha / rank'),
  dropout: z.number().min(0).lt(1).default(0).describe('share of the adapter inputs dropped in training'),
  targetModules: z
    .union([z.string(), z.array(z.string()).min(1)])
    .default('all-linear')
    .describe('"all-linear", a regular expression for whole names, or a list of name endings such as q_proj'),
  rsLora: z.boolean().default(false).describe('scale by alpha / sqrt(rank), for high ranks (Kalajdzievski 2023)'),
});

/** Options of an adapter. */
export type LoraConfig = z.output<typeof loraSchema>;

/** What B A is multiplied by: alpha / rank (Hu et al. 2022, section 4.1), or alpha / sqrt(rank) (arXiv:2312.03732, Eq. (8)). */
export function loraScale({ rank, alpha, rsLora }: Pick<LoraConfig, 'rank' | 'alpha' | 'rsLora'>): number {
  return alpha / (rsLora ? Math.sqrt(rank) : rank);
}

/** The linear maps that a model has in its layers. */
export function linearsOf({ architecture }: DecoderConfig): Linear[] {
  return architecture.layers.flatMap(({ linears }) => [...linears]);
}

/**
 * The linear maps that an adapter goes on: all of them, those whose whole name the expression matches, or those whose name
 * is, or ends in a dot and, one of the list. None when nothing fits.
 */
export function targetsOf(config: DecoderConfig, targetModules: LoraConfig['targetModules']): Linear[] {
  const linears = linearsOf(config);
  if (targetModules === 'all-linear') return linears;
  if (typeof targetModules === 'string') {
    const whole = new RegExp(`^(?:${targetModules})$`);
    return linears.filter(({ name }) => whole.test(name));
  }
  return linears.filter(({ name }) => targetModules.some((ending) => name === ending || name.endsWith(`.${ending}`)));
}

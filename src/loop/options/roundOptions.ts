import { z } from 'zod';

import { count } from './count.ts';

/** What differs between recipes: the defaults of their papers. */
export interface RoundDefaults {
  rounds: number;
  reference?: Reference;
  history?: History;
}

const reference = z.enum(['base', 'previous', 'ema']);
const history = z.union([z.enum(['none', 'last', 'all']), z.array(z.number().min(0).max(1))]);

/** The policy that log-ratios are measured from. */
export type Reference = z.output<typeof reference>;

/** Which pairs of earlier rounds are trained on again. */
export type History = z.output<typeof history>;

/** Options of recipes that play rounds: what one round takes over from those before, and when to stop. */
export function roundOptions(defaults: RoundDefaults) {
  return {
    rounds: count.default(defaults.rounds).describe('rounds of sampling, judging and training'),
    reference: reference
      .default(defaults.reference ?? 'previous')
      .describe('policy that the loss measures from: the base, that at the start of the round, or an average of all'),
    emaDecay: z
      .number()
      .min(0)
      .lt(1)
      .default(0.5)
      .describe('share of the old average that a round keeps, for reference=ema'),
    start: z
      .enum(['previous', 'base'])
      .default('previous')
      .describe('weights that a round starts training from: the last ones, or the base again'),
    history: history
      .default(defaults.history ?? 'none')
      .describe(
        'pairs of earlier rounds to train on again: none, last, all, or shares of them, the last round first ([0.3,0.15])',
      ),
    measureAgainst: z
      .enum(['all', 'last'])
      .default('all')
      .describe('earlier rounds that each one is compared with beside the base: all, to see circles, or the last'),
    keepBest: z
      .boolean()
      .default(false)
      .describe('the result is the round with the best win rate over the base, not the last one'),
    stop: z
      .object({
        klBudget: z
          .number()
          .positive()
          .optional()
          .describe('stop after a round with more KL to the base, nats an answer'),
        patience: count.optional().describe('stop after so many rounds without a better win rate over the base'),
      })
      .prefault({}),
  };
}

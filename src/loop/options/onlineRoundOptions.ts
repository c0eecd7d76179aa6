import { z } from 'zod';

import { roundOptions } from './roundOptions.ts';

/**
 * `roundOptions` of recipes that train on fresh answers at each step: what a round could take over from earlier answers is
 * not there, and the policy at its start is gone as soon as it has made a step.
 */
export function onlineRoundOptions({ rounds }: { rounds: number }) {
  return {
    ...roundOptions({ rounds, reference: 'base' }),
    rounds: roundOptions({ rounds }).rounds.describe(
      'passes over the prompts, each with its own schedule, and measured after it',
    ),
    reference: z
      .enum(['base', 'ema'])
      .default('base')
      .describe('policy that the loss measures from: the base, or an average of the policies after each round'),
    start: z.literal('previous').default('previous').describe('a round goes on where the last one ended'),
    history: z.literal('none').default('none').describe('earlier answers are not trained on again'),
  };
}

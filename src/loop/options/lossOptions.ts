import { z } from 'zod';

import { LOSSES, type LossId } from '../../../losses/index.ts';

const IDS = Object.keys(LOSSES) as [LossId, ...LossId[]];

/** Options of recipes that train by any loss of the registry. */
export function lossOptions(loss: LossId) {
  return {
    loss: z.enum(IDS).default(loss).describe('any loss of the registry, by its id'),
    lossOptions: z
      .record(z.string(), z.union([z.number(), z.boolean(), z.string()]))
      .prefault({})
      // Beside whatever else is set, and in the record of the run.
      .transform((given) => ({ beta: 0.1, ...given }))
      .describe('its options by name, such as {"beta": 0.05, "labelSmoothing": 0.1}; beta is 0.1 unless set'),
  };
}

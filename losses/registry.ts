import { cdpo } from './cdpo.ts';
import { dpo, dpoStepZero } from './dpo.ts';
import { sppo, sppoStepZero } from './sppo.ts';
import { sppoHard, sppoHardStepZero } from './sppoHard.ts';
import { sppoSingle, sppoSingleStepZero } from './sppoSingle.ts';
import type { LossEntry, LossNeed } from './types.ts';

/** The keys of a loss's inputs that answer each need. */
export const INPUTS_OF_NEED = {
  reference: ['refChosenLogps', 'refRejectedLogps'],
  winProbability: ['chosenProbs'],
  winRates: ['chosenProbsWin', 'chosenProbsLose'],
} as const satisfies Record<LossNeed, readonly string[]>;

/** Every loss by its id, with what a trainer must supply. The id names the exact variant: `sppo` is soft, halved. */
export const LOSSES = {
  cdpo: { fn: cdpo, stepZero: dpoStepZero, needs: ['reference'], level: 'sequence', coupled: false },
  dpo: { fn: dpo, stepZero: dpoStepZero, needs: ['reference'], level: 'sequence', coupled: false },
  sppo: { fn: sppo, stepZero: sppoStepZero, needs: ['reference', 'winRates'], level: 'sequence', coupled: false },
  sppo_hard: { fn: sppoHard, stepZero: sppoHardStepZero, needs: ['reference'], level: 'sequence', coupled: false },
  sppo_single: {
    fn: sppoSingle,
    stepZero: sppoSingleStepZero,
    needs: ['reference', 'winProbability'],
    level: 'sequence',
    coupled: false,
  },
} as const satisfies Record<string, LossEntry>;

/** The id of a loss in {@link LOSSES}. */
export type LossId = keyof typeof LOSSES;

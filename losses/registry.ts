import { cdpo } from './cdpo.ts';
import { dpo, dpoStepZero } from './dpo.ts';
import { sppo, sppoStepZero } from './sppo.ts';
import { sppoHard, sppoHardStepZero } from './sppoHard.ts';
import { sppoSingle, sppoSingleStepZero } from './sppoSingle.ts';
import type { LossEntry, LossNeed } from './types.ts';

/** Who supplies each input: the policy in training, or the trainer in answer to a need. */
export const SOURCE_OF_INPUT = {
  policyChosenLogps: 'policy',
  policyRejectedLogps: 'policy',
  refChosenLogps: 'reference',
  refRejectedLogps: 'reference',
  chosenProbs: 'winProbability',
  chosenProbsWin: 'winRates',
  chosenProbsLose: 'winRates',
} as const satisfies Record<string, LossNeed | 'policy'>;

/** A key of the inputs of a loss. */
export type LossInput = keyof typeof SOURCE_OF_INPUT;

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'] as const;
const PAIR = [...POLICY, 'refChosenLogps', 'refRejectedLogps'] as const;

/** Every loss by its id, with what a trainer must supply. The id names the exact variant: `sppo` is soft, halved. */
export const LOSSES = {
  cdpo: { fn: cdpo, stepZero: dpoStepZero, inputs: PAIR, needs: ['reference'], level: 'sequence', coupled: false },
  dpo: { fn: dpo, stepZero: dpoStepZero, inputs: PAIR, needs: ['reference'], level: 'sequence', coupled: false },
  sppo: {
    fn: sppo,
    stepZero: sppoStepZero,
    inputs: [...PAIR, 'chosenProbsWin', 'chosenProbsLose'],
    needs: ['reference', 'winRates'],
    level: 'sequence',
    coupled: false,
  },
  sppo_hard: {
    fn: sppoHard,
    stepZero: sppoHardStepZero,
    inputs: PAIR,
    needs: ['reference'],
    level: 'sequence',
    coupled: false,
  },
  sppo_single: {
    fn: sppoSingle,
    stepZero: sppoSingleStepZero,
    inputs: [...PAIR, 'chosenProbs'],
    needs: ['reference', 'winProbability'],
    level: 'sequence',
    coupled: false,
  },
} as const satisfies Record<string, LossEntry & { readonly inputs: readonly LossInput[] }>;

/** The id of a loss in {@link LOSSES}. */
export type LossId = keyof typeof LOSSES;

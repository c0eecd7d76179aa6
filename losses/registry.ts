import { aot } from './aot.ts';
import { aotUnpaired } from './aotUnpaired.ts';
import { apoDown } from './apoDown.ts';
import { apoStepZero, apoZero } from './apoZero.ts';
import { bcoPair, bcoPairStepZero } from './bcoPair.ts';
import { bcoPairRunning } from './bcoPairRunning.ts';
import { cdpo } from './cdpo.ts';
import { discopop, discopopStepZero } from './discopop.ts';
import { dpo, dpoStepZero } from './dpo.ts';
import { dpoFdivAlpha } from './dpoFdivAlpha.ts';
import { dpoFdivForwardKl } from './dpoFdivForwardKl.ts';
import { dpoFdivJs } from './dpoFdivJs.ts';
import { exoPair, exoPairStepZero } from './exoPair.ts';
import { hinge, hingeStepZero } from './hinge.ts';
import { inpo, inpoStepZero } from './inpo.ts';
import { ipoAvg } from './ipoAvg.ts';
import { ipoStepZero, ipoSum } from './ipoSum.ts';
import { mnpo, mnpoStepZero } from './mnpo.ts';
import { ncaPair, ncaPairStepZero } from './ncaPair.ts';
import { rdpo, rdpoStepZero } from './rdpo.ts';
import { rewardAwareRpoBwd, rewardAwareRpoBwdStepZero } from './rewardAwareRpoBwd.ts';
import { rewardAwareRpoFwd, rewardAwareRpoFwdStepZero } from './rewardAwareRpoFwd.ts';
import { rewardAwareRpoSq, rewardAwareRpoSqStepZero } from './rewardAwareRpoSq.ts';
import { robust } from './robust.ts';
import { sigmoidNorm } from './sigmoidNorm.ts';
import { slicCalibrationNoref } from './slicCalibrationNoref.ts';
import { softCe } from './softCe.ts';
import { spinHinge } from './spinHinge.ts';
import { spinSigmoid } from './spinSigmoid.ts';
import { sppo, sppoStepZero } from './sppo.ts';
import { sppoHard, sppoHardStepZero } from './sppoHard.ts';
import { sppoSingle, sppoSingleStepZero } from './sppoSingle.ts';
import { stepApo, stepApoStepZero } from './stepApo.ts';
import type { LossEntry, LossNeed } from './types.ts';

/** Who supplies each input: the policy in training, or the trainer in answer to a need. */
export const SOURCE_OF_INPUT = {
  policyChosenLogps: 'policy',
  policyRejectedLogps: 'policy',
  refChosenLogps: 'reference',
  refRejectedLogps: 'reference',
  lastChosenLogps: 'previousIterate',
  lastRejectedLogps: 'previousIterate',
  historyChosenLogps: 'history',
  historyRejectedLogps: 'history',
  chosenLengths: 'lengths',
  rejectedLengths: 'lengths',
  chosenProbs: 'winProbability',
  softLabels: 'winProbability',
  chosenProbsWin: 'winRates',
  chosenProbsLose: 'winRates',
  chosenGtRewards: 'scores',
  rejectedGtRewards: 'scores',
  chosenValues: 'scores',
  rejectedValues: 'scores',
  delta: 'runningReward',
  batchShare: 'runningReward',
} as const satisfies Record<string, LossNeed | 'policy'>;

/** A key of the inputs of a loss. */
export type LossInput = keyof typeof SOURCE_OF_INPUT;

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'] as const;
const PAIR = [...POLICY, 'refChosenLogps', 'refRejectedLogps'] as const;
const LENGTHS = ['chosenLengths', 'rejectedLengths'] as const;
const REWARDS = ['chosenGtRewards', 'rejectedGtRewards'] as const;

/** A loss of a pair's own four log-probabilities, as most are; what another one adds stands in its entry. */
const pair = { inputs: PAIR, needs: ['reference'], level: 'sequence', coupled: false } as const;
const pairWithLengths = { ...pair, inputs: [...PAIR, ...LENGTHS], needs: ['reference', 'lengths'] } as const;
const pairWithRewards = { ...pair, inputs: [...PAIR, ...REWARDS], needs: ['reference', 'scores'] } as const;

/** Every loss by its id, with what a trainer must supply. The id names the exact variant: `sppo` is soft, halved. */
export const LOSSES = {
  aot: { ...pair, fn: aot, stepZero: dpoStepZero, coupled: true },
  aot_unpaired: { ...pair, fn: aotUnpaired, stepZero: dpoStepZero, coupled: true },
  apo_down: { ...pair, fn: apoDown, stepZero: apoStepZero },
  apo_zero: { ...pair, fn: apoZero, stepZero: apoStepZero },
  bco_pair: { ...pair, fn: bcoPair, stepZero: bcoPairStepZero },
  bco_pair_running: {
    ...pair,
    fn: bcoPairRunning,
    inputs: [...PAIR, 'delta', 'batchShare'],
    needs: ['reference', 'runningReward'],
    coupled: true,
  },
  cdpo: { ...pair, fn: cdpo, stepZero: dpoStepZero },
  discopop: { ...pair, fn: discopop, stepZero: discopopStepZero },
  dpo: { ...pair, fn: dpo, stepZero: dpoStepZero },
  dpo_fdiv_alpha: { ...pair, fn: dpoFdivAlpha, stepZero: dpoStepZero },
  dpo_fdiv_forward_kl: { ...pair, fn: dpoFdivForwardKl, stepZero: dpoStepZero },
  dpo_fdiv_js: { ...pair, fn: dpoFdivJs, stepZero: dpoStepZero },
  exo_pair: { ...pair, fn: exoPair, stepZero: exoPairStepZero },
  hinge: { ...pair, fn: hinge, stepZero: hingeStepZero },
  inpo: {
    ...pair,
    fn: inpo,
    stepZero: inpoStepZero,
    inputs: [...PAIR, 'lastChosenLogps', 'lastRejectedLogps'],
    needs: ['reference', 'previousIterate'],
  },
  ipo_avg: { ...pairWithLengths, fn: ipoAvg, stepZero: ipoStepZero },
  ipo_sum: { ...pair, fn: ipoSum, stepZero: ipoStepZero },
  mnpo: {
    ...pair,
    fn: mnpo,
    stepZero: mnpoStepZero,
    inputs: [...PAIR, 'historyChosenLogps', 'historyRejectedLogps'],
    needs: ['reference', 'history'],
  },
  nca_pair: { ...pair, fn: ncaPair, stepZero: ncaPairStepZero },
  rdpo: { ...pairWithLengths, fn: rdpo, stepZero: rdpoStepZero },
  reward_aware_rpo_bwd: { ...pairWithRewards, fn: rewardAwareRpoBwd, stepZero: rewardAwareRpoBwdStepZero },
  reward_aware_rpo_fwd: { ...pairWithRewards, fn: rewardAwareRpoFwd, stepZero: rewardAwareRpoFwdStepZero },
  reward_aware_rpo_sq: { ...pairWithRewards, fn: rewardAwareRpoSq, stepZero: rewardAwareRpoSqStepZero },
  robust: { ...pair, fn: robust, stepZero: dpoStepZero },
  sigmoid_norm: { ...pairWithLengths, fn: sigmoidNorm, stepZero: dpoStepZero },
  slic_calibration_noref: { ...pair, fn: slicCalibrationNoref, inputs: POLICY, needs: [] },
  soft_ce: {
    ...pair,
    fn: softCe,
    stepZero: dpoStepZero,
    inputs: [...PAIR, 'softLabels'],
    needs: ['reference', 'winProbability'],
  },
  spin_hinge: { ...pair, fn: spinHinge, stepZero: hingeStepZero },
  spin_sigmoid: { ...pair, fn: spinSigmoid, stepZero: dpoStepZero },
  sppo: {
    ...pair,
    fn: sppo,
    stepZero: sppoStepZero,
    inputs: [...PAIR, 'chosenProbsWin', 'chosenProbsLose'],
    needs: ['reference', 'winRates'],
  },
  sppo_hard: { ...pair, fn: sppoHard, stepZero: sppoHardStepZero },
  sppo_single: {
    ...pair,
    fn: sppoSingle,
    stepZero: sppoSingleStepZero,
    inputs: [...PAIR, 'chosenProbs'],
    needs: ['reference', 'winProbability'],
  },
  step_apo: {
    ...pair,
    fn: stepApo,
    stepZero: stepApoStepZero,
    inputs: [...PAIR, 'chosenValues', 'rejectedValues'],
    needs: ['reference', 'scores'],
  },
} as const satisfies Record<string, LossEntry & { readonly inputs: readonly LossInput[] }>;

/** The id of a loss in {@link LOSSES}. */
export type LossId = keyof typeof LOSSES;

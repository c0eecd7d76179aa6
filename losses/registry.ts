import { aot } from './aot.ts';
import { aotUnpaired } from './aotUnpaired.ts';
import { apoDown } from './apoDown.ts';
import { apoStepZero, apoZero } from './apoZero.ts';
import { bcoPair, bcoPairStepZero } from './bcoPair.ts';
import { bcoPairRunning } from './bcoPairRunning.ts';
import { cpo, cpoPref } from './cpo.ts';
import { kl, klStepZero } from './klExact.ts';
import { kto, ktoPair, ktoPairStepZero, ktoStepZero, ktoUnpaired, ktoUnpairedStepZero } from './kto.ts';
import { ldDpo } from './ldDpo.ts';
import { nashMdPaper, nashMdTrl } from './nashMd.ts';
import { nft, nftStepZero } from './nft.ts';
import { orpo, orpoOrTerm, orpoSeqnll } from './orpo.ts';
import { policyGradient, policyGradientStepZero } from './policyGradient.ts';
import { rpoNllSeq, rpoNllTok, rpoNllTrlV09 } from './rpoNll.ts';
import { sft, sftSeq } from './sft.ts';
import { simpo } from './simpo.ts';
import { verlSppo } from './verlSppo.ts';
import { wpo } from './wpo.ts';
import { xpo } from './xpo.ts';
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
import type { LossInput } from './sourceOfInput.ts';
import type { LossEntry } from './types.ts';

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
  // Losses without a reference, of single responses, of tokens, or with a likelihood term.
  cpo_pref: { fn: cpoPref, inputs: POLICY, needs: [], level: 'sequence', coupled: false },
  cpo: { fn: cpo, inputs: [...POLICY, 'chosenLengths'], needs: ['lengths'], level: 'sequence', coupled: true },
  simpo: { fn: simpo, inputs: [...POLICY, ...LENGTHS], needs: ['lengths'], level: 'sequence', coupled: false },
  orpo_or_term: {
    fn: orpoOrTerm,
    inputs: [...POLICY, ...LENGTHS],
    needs: ['lengths'],
    level: 'sequence',
    coupled: false,
  },
  orpo: { fn: orpo, inputs: [...POLICY, ...LENGTHS], needs: ['lengths'], level: 'sequence', coupled: true },
  orpo_seqnll: {
    fn: orpoSeqnll,
    inputs: [...POLICY, ...LENGTHS],
    needs: ['lengths'],
    level: 'sequence',
    coupled: false,
  },
  kto: {
    fn: kto,
    stepZero: ktoStepZero,
    inputs: [...PAIR, 'kl'],
    needs: ['reference', 'mismatchedKl'],
    level: 'sequence',
    coupled: true,
  },
  kto_pair: {
    fn: ktoPair,
    stepZero: ktoPairStepZero,
    inputs: PAIR,
    needs: ['reference'],
    level: 'sequence',
    coupled: true,
  },
  // z0 comes from outside and is the same in every piece of a batch.
  kto_unpaired: {
    fn: ktoUnpaired,
    stepZero: ktoUnpairedStepZero,
    inputs: ['policyLogps', 'refLogps', 'desirable', 'kl'],
    needs: ['reference', 'mismatchedKl', 'scores'],
    level: 'sequence',
    coupled: false,
  },
  rpo_nll_seq: {
    fn: rpoNllSeq,
    inputs: [...PAIR, 'chosenLengths'],
    needs: ['reference', 'lengths'],
    level: 'sequence',
    coupled: false,
  },
  rpo_nll_tok: {
    fn: rpoNllTok,
    inputs: [...PAIR, 'chosenLengths'],
    needs: ['reference', 'lengths'],
    level: 'sequence',
    coupled: true,
  },
  'rpo_nll_trl_v0.9': {
    fn: rpoNllTrlV09,
    inputs: [...PAIR, 'chosenLengths'],
    needs: ['reference', 'lengths'],
    level: 'sequence',
    coupled: true,
  },
  sft: {
    fn: sft,
    inputs: ['policyChosenLogps', 'chosenLengths'],
    needs: ['lengths'],
    level: 'sequence',
    coupled: true,
  },
  sft_seq: {
    fn: sftSeq,
    inputs: ['policyChosenLogps', 'chosenLengths'],
    needs: ['lengths'],
    level: 'sequence',
    coupled: false,
  },
  xpo: {
    fn: xpo,
    inputs: [
      'policyLogpsOnPolicySample',
      'policyLogpsOnRefSample',
      'refLogpsOnPolicySample',
      'refLogpsOnRefSample',
      'policySampleWins',
    ],
    needs: ['reference', 'scores'],
    level: 'sequence',
    coupled: false,
  },
  verl_sppo: {
    fn: verlSppo,
    inputs: ['policyLogps', 'refLogps', 'seqRewards'],
    needs: ['reference', 'scores'],
    level: 'sequence',
    coupled: true,
  },
  wpo: {
    fn: wpo,
    inputs: [
      'policyChosenTokenLogps',
      'policyRejectedTokenLogps',
      'chosenSumPSquared',
      'rejectedSumPSquared',
      'refChosenLogps',
      'refRejectedLogps',
      'chosenMask',
      'rejectedMask',
    ],
    needs: ['reference', 'sumOfSquaredProbabilities'],
    level: 'token',
    coupled: false,
  },
  ld_dpo: {
    fn: ldDpo,
    stepZero: dpoStepZero,
    inputs: [
      'policyChosenTokenLogps',
      'policyRejectedTokenLogps',
      'refChosenTokenLogps',
      'refRejectedTokenLogps',
      'chosenMask',
      'rejectedMask',
    ],
    needs: ['reference'],
    level: 'token',
    coupled: false,
  },
  nash_md_trl: {
    fn: nashMdTrl,
    inputs: ['policyTokenLogps', 'refTokenLogps', 'winProbability', 'mask'],
    needs: ['reference', 'winProbability'],
    level: 'token',
    coupled: false,
  },
  nash_md_paper: {
    fn: nashMdPaper,
    inputs: ['policyTokenLogps', 'refTokenLogps', 'winProbability', 'mask'],
    needs: ['reference', 'winProbability'],
    level: 'token',
    coupled: false,
  },
  nft: {
    fn: nft,
    stepZero: nftStepZero,
    inputs: ['tokenRatios', 'policyTokenLogps', 'lastTokenLogps', 'correct', 'promptAccuracy', 'mask'],
    needs: ['previousIterate', 'scores'],
    level: 'token',
    coupled: false,
  },
  policy_gradient: {
    fn: policyGradient,
    stepZero: policyGradientStepZero,
    inputs: ['policyTokenLogps', 'lastTokenLogps', 'advantages', 'mask'],
    needs: ['previousIterate', 'scores'],
    level: 'token',
    coupled: false,
  },
  kl: {
    fn: kl,
    stepZero: klStepZero,
    inputs: ['policyLogits', 'refLogits', 'mask'],
    needs: ['reference'],
    level: 'token',
    coupled: false,
  },
} as const satisfies Record<string, LossEntry & { readonly inputs: readonly LossInput[] }>;

/** The id of a loss in {@link LOSSES}. */
export type LossId = keyof typeof LOSSES;

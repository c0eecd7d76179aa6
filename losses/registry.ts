import { cpo, cpoPref } from './cpo.ts';
import { kl, klStepZero } from './klExact.ts';
import { kto, ktoPair, ktoPairStepZero, ktoStepZero } from './kto.ts';
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
  // Losses beyond pairs of summed log-probabilities. Masks belong to the policy's tokens.
  chosenLengths: 'lengths',
  rejectedLengths: 'lengths',
  kl: 'mismatchedKl',
  policyLogps: 'policy',
  refLogps: 'reference',
  seqRewards: 'scores',
  policyLogpsOnPolicySample: 'policy',
  policyLogpsOnRefSample: 'policy',
  refLogpsOnPolicySample: 'reference',
  refLogpsOnRefSample: 'reference',
  policySampleWins: 'scores',
  policyTokenLogps: 'policy',
  refTokenLogps: 'reference',
  lastTokenLogps: 'previousIterate',
  tokenRatios: 'policy',
  mask: 'policy',
  winProbability: 'winProbability',
  correct: 'scores',
  promptAccuracy: 'scores',
  advantages: 'scores',
  policyChosenTokenLogps: 'policy',
  policyRejectedTokenLogps: 'policy',
  refChosenTokenLogps: 'reference',
  refRejectedTokenLogps: 'reference',
  chosenMask: 'policy',
  rejectedMask: 'policy',
  chosenSumPSquared: 'sumOfSquaredProbabilities',
  rejectedSumPSquared: 'sumOfSquaredProbabilities',
  policyLogits: 'policy',
  refLogits: 'reference',
  weights: 'weights',
} as const satisfies Record<string, LossNeed | 'policy'>;

/** A key of the inputs of a loss. */
export type LossInput = keyof typeof SOURCE_OF_INPUT;

const POLICY = ['policyChosenLogps', 'policyRejectedLogps'] as const;
const PAIR = [...POLICY, 'refChosenLogps', 'refRejectedLogps'] as const;

const LENGTHS = ['chosenLengths', 'rejectedLengths'] as const;

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

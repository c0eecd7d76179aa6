import './gradients.ts';

export { aot, type AotOptions } from './aot.ts';
export { aotUnpaired } from './aotUnpaired.ts';
export { apoDown } from './apoDown.ts';
export { apoZero, type ApoOptions } from './apoZero.ts';
export { bcoPair, type BcoPairOptions } from './bcoPair.ts';
export { bcoPairRunning, type BcoPairRunningInputs } from './bcoPairRunning.ts';
export { cdpo, type CdpoOptions } from './cdpo.ts';
export { discopop, type DiscopopOptions } from './discopop.ts';
export { type DivergenceOptions } from './divergenceLoss.ts';
export { dpo, type DpoOptions } from './dpo.ts';
export { dpoFdivAlpha, type DpoFdivAlphaOptions } from './dpoFdivAlpha.ts';
export { dpoFdivForwardKl } from './dpoFdivForwardKl.ts';
export { dpoFdivJs } from './dpoFdivJs.ts';
export { exoPair, type ExoPairOptions } from './exoPair.ts';
export { hinge, type HingeOptions } from './hinge.ts';
export { inpo, type InpoInputs, type InpoOptions } from './inpo.ts';
export { ipoAvg } from './ipoAvg.ts';
export { ipoSum, type IpoOptions } from './ipoSum.ts';
export { klK1, klK2, klK3, type TokenLogps } from './klEstimators.ts';
export { klMetrics, type KlMetrics } from './klMetrics.ts';
export { log1mexp } from './log1mexp.ts';
export { logitMetrics, type LogitMetrics, type PairLogits } from './logitMetrics.ts';
export { logSigmoid } from './logSigmoid.ts';
export { mnpo, type MnpoInputs, type MnpoOptions } from './mnpo.ts';
export { ncaPair, type NcaPairOptions } from './ncaPair.ts';
export { rdpo, type RdpoOptions } from './rdpo.ts';
export { LOSSES, type LossId } from './registry.ts';
export { SOURCE_OF_INPUT, type LossInput } from './sourceOfInput.ts';
export { rewardAwareRpoBwd } from './rewardAwareRpoBwd.ts';
export { rewardAwareRpoFwd } from './rewardAwareRpoFwd.ts';
export { rewardAwareRpoSq } from './rewardAwareRpoSq.ts';
export { type RewardAwareInputs, type RewardAwareOptions } from './rewardGaps.ts';
export { rewardMetrics, type RewardMetrics } from './rewardMetrics.ts';
export { robust, type RobustOptions } from './robust.ts';
export { sigmoidNorm, type SigmoidNormOptions } from './sigmoidNorm.ts';
export { slicCalibrationNoref } from './slicCalibrationNoref.ts';
export { softCe, type SoftCeInputs, type SoftCeOptions } from './softCe.ts';
export { spinHinge } from './spinHinge.ts';
export { spinSigmoid, type SpinOptions } from './spinSigmoid.ts';
export { sppo, type SppoInputs, type SppoOptions } from './sppo.ts';
export { sppoHard } from './sppoHard.ts';
export { sppoSingle, type SppoSingleInputs } from './sppoSingle.ts';
export { stepApo, type StepApoInputs, type StepApoOptions } from './stepApo.ts';
export { stopGradient } from './stopGradient.ts';
export { cpo, cpoPref, type CpoInputs, type CpoOptions, type CpoPrefOptions } from './cpo.ts';
export { kl, klExact, type TokenLogits } from './klExact.ts';
export { kto, ktoPair, ktoUnpaired, type KtoInputs, type KtoOptions, type KtoUnpairedInputs } from './kto.ts';
export { ldDpo, type LdDpoOptions, type PairTokenLogps } from './ldDpo.ts';
export { nashMdPaper, nashMdTrl, type NashMdInputs, type NashMdOptions } from './nashMd.ts';
export { nft, type NftInputs, type NftOptions } from './nft.ts';
export { orpo, orpoOrTerm, orpoSeqnll, type OrpoOptions } from './orpo.ts';
export { policyGradient, type PolicyGradientInputs, type PolicyGradientOptions } from './policyGradient.ts';
export { rpoNllSeq, rpoNllTok, rpoNllTrlV09 } from './rpoNll.ts';
export type { RpoNllInputs, RpoNllOptions, RpoNllTrlV09Options } from './rpoNll.ts';
export { sequenceLogps, type SequenceLogps, type SequenceLogpsInputs } from './sequenceLogps.ts';
export { sft, sftSeq, type SftInputs } from './sft.ts';
export { simpo, type SimpoOptions } from './simpo.ts';
export { verlSppo, type VerlSppoInputs } from './verlSppo.ts';
export { wpo, wpoWeights, type WpoInputs, type WpoOptions, type WpoWeightInputs } from './wpo.ts';
export { xpo, type XpoInputs, type XpoOptions } from './xpo.ts';

export { groupMeanAdvantages, groupStdAdvantages, leaveOneOutAdvantages } from './groupAdvantages.ts';
export type { GroupAdvantages } from './groupAdvantages.ts';
export { roleAdvantages, type RoleReturn } from './roleAdvantages.ts';
export { winRateRewards } from './winRateRewards.ts';

export { lengthNormalized } from './lengthNormalized.ts';
export { perExampleWeights } from './perExampleWeights.ts';
export { weightedSum, type WeightedLoss } from './weightedSum.ts';
export { withKl, type KlTerm } from './withKl.ts';
export { withNll, type NllTerm } from './withNll.ts';

export type {
  LossEntry,
  LossFunction,
  LossNeed,
  PairLengths,
  PairLogps,
  PolicyLogps,
  StepZeroFunction,
} from './types.ts';

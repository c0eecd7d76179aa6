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
export { log1mexp } from './log1mexp.ts';
export { logSigmoid } from './logSigmoid.ts';
export { mnpo, type MnpoInputs, type MnpoOptions } from './mnpo.ts';
export { ncaPair, type NcaPairOptions } from './ncaPair.ts';
export { rdpo, type RdpoOptions } from './rdpo.ts';
export { LOSSES, SOURCE_OF_INPUT, type LossId, type LossInput } from './registry.ts';
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
export type {
  LossEntry,
  LossFunction,
  LossNeed,
  PairLengths,
  PairLogps,
  PolicyLogps,
  StepZeroFunction,
} from './types.ts';

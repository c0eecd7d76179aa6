import './gradients.ts';

export { cdpo, type CdpoOptions } from './cdpo.ts';
export { dpo, type DpoOptions } from './dpo.ts';
export { klK1, klK2, klK3, type TokenLogps } from './klEstimators.ts';
export { log1mexp } from './log1mexp.ts';
export { logSigmoid } from './logSigmoid.ts';
export { LOSSES, SOURCE_OF_INPUT, type LossId, type LossInput } from './registry.ts';
export { rewardMetrics, type RewardMetrics } from './rewardMetrics.ts';
export { sppo, type SppoInputs, type SppoOptions } from './sppo.ts';
export { sppoHard } from './sppoHard.ts';
export { sppoSingle, type SppoSingleInputs } from './sppoSingle.ts';
export { stopGradient } from './stopGradient.ts';
export type { LossEntry, LossFunction, LossNeed, PairLogps, StepZeroFunction } from './types.ts';

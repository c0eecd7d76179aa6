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

export { cpo, cpoPref, type CpoInputs, type CpoOptions, type CpoPrefOptions } from './cpo.ts';
export { kl, klExact, type TokenLogits } from './klExact.ts';
export { kto, ktoPair, type KtoInputs, type KtoOptions } from './kto.ts';
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

export type { PairLengths, PolicyLogps } from './types.ts';

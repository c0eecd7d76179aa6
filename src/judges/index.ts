export type { Answer, Comparison, Judge, JudgeOptions, JudgmentCost, Score, ScoringJudge, Verdict } from './judge.ts';
export {
  answerBatch,
  createPreferenceJudge,
  encodeAnswer,
  loadPreferenceModel,
  preferenceWeightShapes,
} from './preferenceModel.ts';
export type { EncodedAnswer } from './preferenceModel.ts';
export {
  HEAD_WEIGHT,
  preferenceEmbedding,
  preferenceLogit,
  preferenceLogits,
  PREFERENCE_WIDTH,
} from './preferenceEmbedding.ts';
export type { AnswerTensors } from './preferenceEmbedding.ts';
export { loadPairRm, type PairRmJudge, type PairRmOptions } from './pairRm/loadPairRm.ts';
export { pairProbability, positionBias, type PairLogits, type Symmetrise } from './pairRm/pairLogits.ts';
export type { PairRmConfig } from './pairRm/pairRmConfig.ts';
export type { EncodedPair } from './pairRm/pairRmInput.ts';
export { createPairRmModel, pairRmWeightSpecs, type PairRmModel } from './pairRm/pairRmModel.ts';
export {
  rankByMaxLogits,
  rankByMaxWins,
  sppoProbabilities,
  type LogitMatrix,
  type Ranking,
} from './pairRm/pairRmRanking.ts';
export { loadPairPreferenceLm } from './pairPreferenceLm.ts';
export { loadRewardModel, type RewardModelOptions } from './rewardModel.ts';

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

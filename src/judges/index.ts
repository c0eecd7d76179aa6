export type { Answer, Comparison, Judge, JudgeOptions, JudgmentCost, Score, ScoringJudge, Verdict } from './judge.ts';
export { compareByScores, type CompareByScoresOptions } from './compareByScores.ts';
export { createJudgmentStore, type JudgmentStore } from './judgmentStore.ts';
export { createAlpacaEvalJudge, type AlpacaEvalOptions } from './llm/alpacaEval.ts';
export { createApiClient } from './llm/apiClient.ts';
export type { ApiClientOptions } from './llm/apiClientOptions.ts';
export { createArenaHardJudge, type ArenaHardOptions } from './llm/arenaHard.ts';
export type { AnswerToken, ChatAnswer, ChatModel, ChatRequest } from './llm/chatModel.ts';
export { createOutcomeSimulator, withHindsight, type Outcome, type OutcomeSimulator } from './llm/hindsight.ts';
export { createMtBenchPairJudge, createMtBenchSingleJudge, type MtBenchOptions } from './llm/mtBench.ts';
export { createPolicyChat, type PolicyChatOptions } from './llm/policyChat.ts';
export { createRubricJudge, type Criterion, type RubricOptions } from './llm/rubric.ts';
export { createSelfReferenceJudge, type SelfReferenceOptions } from './llm/selfReference.ts';
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
export { withStore } from './withStore.ts';

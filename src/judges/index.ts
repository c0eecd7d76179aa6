export { bradleyTerry, type BradleyTerryOptions } from './aggregate/bradleyTerry.ts';
export { cyclicTriples } from './aggregate/cyclicTriples.ts';
export { eloFromStrengths, eloRatings, type Game } from './aggregate/elo.ts';
export { exploitability, nashMixture, type NashMixture } from './aggregate/nashMixture.ts';
export { preferenceMatrix, type IndexedVerdict, type PreferenceMatrix } from './aggregate/preferenceMatrix.ts';
export { rankerMatrix, rankerScores, type OrderedLogits, type RankerMatrixOptions } from './aggregate/rankerMatrix.ts';
export { selectPairs, type SelectedPair, type SelectPairsOptions } from './aggregate/selectPairs.ts';
export { shrinkNearDuplicates, type ShrinkOptions } from './aggregate/shrinkNearDuplicates.ts';
export { tournament, type ComparePairs, type TournamentResult } from './aggregate/tournament.ts';
export { winRates } from './aggregate/winRates.ts';
export { compareByScores } from './compareByScores.ts';
export { createScoringJudge, type ScoringJudgeParts } from './createScoringJudge.ts';
export type { ScorePreference } from './verdictOfScores.ts';
export { createJudgmentStore, type Judgments, type JudgmentStore } from './judgmentStore.ts';
export { isVerifier } from './judge.ts';
export type { Answer, Comparison, Judge, JudgeOptions, JudgmentCost, Score, ScoringJudge } from './judge.ts';
export type { Verdict, Verifier } from './judge.ts';
export { createAdditiveJudge, type AdditiveOptions } from './llm/additive.ts';
export { createAlpacaEvalJudge, type AlpacaEvalOptions } from './llm/alpacaEval.ts';
export { createApiClient, type ApiClientOptions } from './llm/apiClient.ts';
export { createArenaHardJudge, type ArenaHardOptions } from './llm/arenaHard.ts';
export type { AnswerToken, ChatAnswer, ChatModel, ChatRequest } from './llm/chatModel.ts';
export { createOutcomeSimulator, withHindsight, type Outcome, type OutcomeSimulator } from './llm/hindsight.ts';
export { hindsightReport, type HindsightReport } from './llm/hindsightReport.ts';
export { createMtBenchPairJudge, createMtBenchSingleJudge, type MtBenchOptions } from './llm/mtBench.ts';
export { createPolicyChat, type PolicyChatOptions } from './llm/policyChat.ts';
export { createRationaleJudge, rationaleMessages, readRationale } from './llm/rationaleJudge.ts';
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
export { refuseFailures, refuseManyFailures, type FailureLimit } from './refuseManyFailures.ts';
export { soundVerdict } from './soundVerdict.ts';
export { withStore } from './withStore.ts';
export { createPanel, type PanelOptions } from './panel.ts';
export { panelSummary, type PanelSummary } from './panelSummary.ts';
export { createVerifier, type VerifierOptions } from './verifiers/createVerifier.ts';
export { createExactAnswerVerifier, type ExactAnswerOptions } from './verifiers/exactAnswer.ts';
export { createJsonSchemaVerifier } from './verifiers/jsonSchema.ts';
export { createLanguageVerifier, type LanguageOptions } from './verifiers/language.ts';
export { createLengthVerifier, type LengthOptions } from './verifiers/length.ts';
export { createNumericAnswerVerifier, type NumericAnswerOptions } from './verifiers/numericAnswer.ts';
export { createRegexVerifier } from './verifiers/regex.ts';
export { createRepetitionVerifier } from './verifiers/repetition.ts';
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
export { loadJudge } from './loadJudge.ts';
export { openJudge, type OpenJudgeOptions } from './openJudge.ts';
export { MODEL_KINDS, openLanguageModel, type LanguageModel, type LanguageModelOptions } from './openLanguageModel.ts';
export { openCheck, type CheckedRow } from './openCheck.ts';
export { createPairPreferenceJudge, loadPairPreferenceLm } from './pairPreferenceLm.ts';
export { loadRewardModel, type RewardModelOptions } from './rewardModel.ts';
export { newPreferenceModel } from './newPreferenceModel.ts';
export { newRewardModel } from './newRewardModel.ts';
export type { TrainableJudge } from './trainableJudge.ts';

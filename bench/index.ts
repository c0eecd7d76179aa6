export { alpacaEvalFigures } from './alpacaEval/alpacaEvalFigures.ts';
export type { AlpacaEvalFigures, AlpacaEvalOptions, LengthControlFigures } from './alpacaEval/alpacaEvalFigures.ts';
export { annotate } from './alpacaEval/annotate.ts';
export { annotationCost } from './alpacaEval/annotationCost.ts';
export { renderAlpacaEval } from './alpacaEval/renderAlpacaEval.ts';
export { fetchReference, OFFICIAL_REFERENCE, type FetchReferenceOptions } from './alpacaEval/fetchReference.ts';
export { compareModels, type ModelComparison } from './alpacaEval/compareModels.ts';
export { figureIntervals, type FigureIntervals } from './alpacaEval/figureIntervals.ts';
export { leaderboardCsv, leaderboardRow, readLeaderboard, withRow } from './alpacaEval/leaderboard.ts';
export { lengthControlledWinRate } from './alpacaEval/lengthControlledWinRate.ts';
export type { LengthControlled, LengthControlOptions, LengthPrior } from './alpacaEval/lengthControlledWinRate.ts';
export { l1LogisticRegression, type L1Options, type WeightedRows } from './alpacaEval/l1LogisticRegression.ts';
export { matchOutputs, type MatchedOutputs, type OutputMatch } from './alpacaEval/matchOutputs.ts';
export { readAnnotations, type Annotation, type Annotations } from './alpacaEval/readAnnotations.ts';
export { readLengthPrior, type LengthPriorFile } from './alpacaEval/readLengthPrior.ts';
export { readModelOutputs, type ModelOutputs } from './alpacaEval/readModelOutputs.ts';
export { winRate, type WinRate } from './alpacaEval/winRate.ts';
export { bestOfN, type BestOfPoint, type ChosenAnswers } from './answers/bestOfN.ts';
export { finalOf } from './answers/finalOf.ts';
export {
  bestOfTable,
  renderBestOfN,
  renderRerank,
  renderSelfCorrection,
  rerankRows,
  selfCorrectionRows,
  shareTable,
} from './answers/renderAnswers.ts';
export { rerank, type Choosers, type RankedAnswers, type RerankFigures } from './answers/rerank.ts';
export { selfCorrection, type SelfCorrection, type TwoAttempts } from './answers/selfCorrection.ts';
export { selfCorrectionIntervals, type SelfCorrectionIntervals } from './answers/selfCorrectionIntervals.ts';
export { arenaHardFigures, type ArenaHardFigures, type ArenaHardRow } from './arenaHard/arenaHardFigures.ts';
export { arenaHardTable } from './arenaHard/arenaHardTable.ts';
export type { Battle } from './arenaHard/battle.ts';
export { battlesOfAnnotations } from './arenaHard/battlesOfAnnotations.ts';
export { readAnswerStyles, withStyles } from './arenaHard/readAnswerStyles.ts';
export { readArenaHardJudgments, type ArenaHardJudgments } from './arenaHard/readArenaHardJudgments.ts';
export { renderArenaHard } from './arenaHard/renderArenaHard.ts';
export { styleControl, type StyleControlled, type StyledBattle } from './arenaHard/styleControl.ts';
export type { BenchOptions, BenchResult } from './benchmark.ts';
export type { Environment } from './environment.ts';
export { contaminationFigures } from './contamination/contaminationFigures.ts';
export type { ContaminationFigures, EntropyProfiles } from './contamination/contaminationFigures.ts';
export { createEntropyProfiler, type EntropyProfiler } from './contamination/entropyProfiler.ts';
export { renderContamination } from './contamination/renderContamination.ts';
export { rocArea, type RocArea } from './contamination/rocArea.ts';
export { comparePeer } from './comparePeer.ts';
export { compareWithPeer, hfJob, trlJob } from './peerJob.ts';
export type { ComparePeerOptions, Contender, PeerComparison, PeerRun, SideFigures } from './comparePeer.ts';
export type { FittedRate } from './games/fitRates.ts';
export { formatPolicy, gamesTable } from './games/gamesTable.ts';
export { cyclicGame, randomGame, rockPaperScissors, type MatrixGame } from './games/matrixGame.ts';
export { nashPolicy, regularizedNash } from './games/nash.ts';
export { OBJECTIVES, type Objective, type ObjectiveSettings } from './games/objectives.ts';
export type { GameRun, GameSolution, PlayOptions } from './games/playGame.ts';
export { playGames, type PlayedGame } from './games/playGames.ts';
export { renderGames } from './games/renderGames.ts';
export { benchGenerate } from './generate.ts';
export type { GenerateBenchOptions, GenerateBenchResult } from './generate.ts';
export { randomGenerateJob, readGenerateJob } from './generateJob.ts';
export type { GenerateJob, ReadGenerateJobOptions } from './generateJob.ts';
export { benchStartup } from './startup.ts';
export type { StartupBenchResult, StartupTime } from './startup.ts';
export { GENERATE_TERMS, TRAIN_TERMS } from './terms.ts';
export type { GenerateTerms, TrainTerms } from './terms.ts';
export type { AccuracyFigures } from './judge/accuracyFigures.ts';
export type { AgreementFigures } from './judge/agreementFigures.ts';
export { benchJudge, type BenchJudgeOptions, type JudgeBenchResult } from './judge/benchJudge.ts';
export type { BestOfFigures } from './judge/bestOfFigures.ts';
export type { CalibrationFigures, ConfidenceBin } from './judge/calibrationFigures.ts';
export type { JudgedPair, LabelledPair } from './judge/judgedPair.ts';
export { judgeFigures, type JudgeFigures } from './judge/judgeFigures.ts';
export { judgePairs } from './judge/judgePairs.ts';
export type { LengthFigures } from './judge/lengthFigures.ts';
export type { PositionFigures } from './judge/positionFigures.ts';
export { rewardBenchScores, type RewardBenchScores } from './judge/rewardBench.ts';
export type { TiesFigures } from './judge/tiesFigures.ts';
export { tiesScore, type ScoredPrompt, type TiesPrompt } from './judge/tiesScore.ts';
export { worldJudgePairs } from './judge/worldJudgePairs.ts';
export { pairFigures, singleFigures } from './mtBench/mtBenchFigures.ts';
export type { PairFigures, PairGrade, SingleFigures, SingleGrade } from './mtBench/mtBenchFigures.ts';
export { readMtBenchAnswers, type UngradedAnswer } from './mtBench/readMtBenchAnswers.ts';
export { readMtBenchJudgments, type MtBenchJudgments } from './mtBench/readMtBenchJudgments.ts';
export { mtBenchTables, renderMtBench } from './mtBench/renderMtBench.ts';
export type { Timing } from './timing.ts';
export { benchTrain } from './train.ts';
export type { TrainBenchOptions, TrainBenchResult } from './train.ts';
export { randomTrainJob, readTrainJob } from './trainJob.ts';
export type { ReadTrainJobOptions, TrainJob } from './trainJob.ts';

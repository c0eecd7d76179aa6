export { clipGlobalNorm, createAdamW } from './adamW.ts';
export type { AdamW, AdamWOptions } from './adamW.ts';
export { sequenceLogProbs, tokenLogProbs } from './logProbs.ts';
export { createTrainingStep, linearSchedule } from './trainingStep.ts';
export type { StepLoss, TrainingStepOptions } from './trainingStep.ts';
export { createPairTrainer, extraInputs } from './pairTrainer.ts';
export type { PairLossOptions, PairStepResult, PairTrainer, PairTrainerOptions } from './pairTrainer.ts';
export { createSequenceScorer } from './sequenceScorer.ts';
export type { ScoredSequence, SequenceScorer } from './sequenceScorer.ts';

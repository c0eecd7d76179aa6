export { clipGlobalNorm, createAdamW } from './adamW.ts';
export type { AdamW, AdamWOptions } from './adamW.ts';
export { sequenceLogProbs, tokenLogProbs } from './logProbs.ts';
export { createTrainingStep, linearSchedule } from './trainingStep.ts';
export type { StepLoss, TrainingStepOptions } from './trainingStep.ts';
export { createPairScorer, createPairStep, extraInputs } from './pairStep.ts';
export type { PairLabels, PairStep, PairStepResult } from './pairStep.ts';

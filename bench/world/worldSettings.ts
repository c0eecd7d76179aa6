/** Rounds that each recipe plays. */
export const ROUNDS = 3;

/** Fresh prompts in each round, as in the quickstart. */
export const PROMPTS_PER_ROUND = 448;

/** Held-out prompts on which each round is measured, as in the quickstart. */
export const HELD_OUT_PROMPTS = 600;

/** Options that all recipes share: those of the quickstart. */
const SHARED = {
  rounds: ROUNDS,
  precision: 'fp32',
  'data.promptsPerRound': PROMPTS_PER_ROUND,
  'data.evaluationPrompts': HELD_OUT_PROMPTS,
  'sampling.maxNewTokens': 96,
  'sampling.batchSize': 256,
  'train.optimizer': 'adamw',
  'train.learningRate': 2.4e-4,
  'train.schedule': 'linear',
  'train.warmupRatio': 0.1,
  'train.epochs': 2,
  'train.batchSize': 16,
  'train.checkpointEvery': 10,
};

/** Options of each recipe by its name; how they were found is told in bench/LOG.md. */
export const WORLD_SETTINGS = {
  sppo: { ...SHARED, 'sampling.samples': 8, 'loss.eta': 8 },
  spin: { ...SHARED, 'sampling.samples': 1, 'loss.beta': 1 },
  inpo: { ...SHARED, 'sampling.samples': 8, 'loss.eta': 0.1, 'loss.tauOverEta': 2 / 3 },
  'iterative-dpo': { ...SHARED, 'sampling.samples': 8, 'lossOptions.beta': 0.5 },
} as const;

export type WorldRecipe = keyof typeof WORLD_SETTINGS;

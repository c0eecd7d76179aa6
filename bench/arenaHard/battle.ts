/** One judged game between a model and the baseline, or the share of one. */
export interface Battle {
  model: string;
  baseline: string;
  /** The prompt's id. */
  prompt: string;
  /** 1 the model won, 0 the baseline, 0.5 a tie. */
  score: number;
}

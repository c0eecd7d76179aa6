import { z } from 'zod';

import { count } from './count.ts';
import { promptOptions } from './promptOptions.ts';

const { limit, adapter, format, evaluation, evaluationPrompts } = promptOptions();

const reading = {
  limit,
  adapter,
  skipBad: z.string().optional().describe('file for rows that hold none; default: they stop the run'),
  maxLength: count.optional().describe('longest prompt with its answer, in tokens; default: the context of the policy'),
  longExamples: z
    .enum(['drop', 'keep-start', 'error'])
    .default('drop')
    .describe('longer ones: left out, cut at the end of the answer, or an error'),
  format,
  evaluation,
  evaluationPrompts,
};

const FILES = '.jsonl, .json, .parquet, .arrow, also gzipped';

/** Options on the preference pairs of a recipe that samples no training data. */
export function pairOptions() {
  return { pairs: z.string().describe(`preference pairs: ${FILES}`), ...reading };
}

/** Options on the single answers that a recipe trains on. */
export function responseOptions() {
  return { responses: z.string().describe(`prompts with an answer each: ${FILES}`), ...reading };
}

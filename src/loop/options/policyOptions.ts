import { z } from 'zod';

import { TEMPLATES } from '../../judges/llm/templates.ts';

/** Options of every recipe that trains a policy: which one, by which seed, how precisely. */
export const policyOptions = {
  policy: z
    .string()
    .optional()
    .describe('model folder in Hugging Face layout, or hub:owner/name; default: the small one of the quickstart'),
  seed: z.int().default(1).describe('derives every random number of the run'),
  precision: z
    .enum(['auto', 'fp32', 'bf16'])
    .default('auto')
    .describe("of matrix products, PairRM's too; auto: bf16 where it is faster"),
};

/** Option of every recipe that compares answers. */
export const judgeOptions = {
  judge: z
    .string()
    .optional()
    .describe(
      'folder of a judge: preference model, PairRM, reward model or pair-preference model; verifier:numeric, ' +
        'verifier:exact or another check; openai:<model> or policy:<folder>, language models that judge; ' +
        'panel:<judge>,<judge>; or a file (./check.ts) whose default export is a judge or a check of one answer, ' +
        '(answer, row) => number | boolean; default: the small one of the quickstart',
    ),
  answerColumn: z
    .string()
    .default('answer')
    .describe('column of data.prompts with the right answers, for verifier:numeric and verifier:exact'),
  judgeModel: z
    .strictObject({
      template: z
        .enum(TEMPLATES)
        .default('alpaca-eval')
        .describe('how it is asked; openai/<template>:<model> says it too'),
      baseURL: z
        .string()
        .optional()
        .describe("address of an OpenAI-compatible API, /v1 included; default: OPENAI_BASE_URL, or OpenAI's"),
      temperature: z.number().min(0).optional().describe("default: the template's"),
      maxTokens: z
        .int()
        .positive()
        .optional()
        .describe("longest answer in tokens; default: the template's, 1024 to 16000"),
      criteria: z
        .string()
        .optional()
        .describe('of the rubric: JSON file with a list of {"name", "description", "weight"?}'),
      concurrency: z.int().positive().default(8).describe('questions under way at once at an API'),
    })
    .prefault({})
    .describe('how a judge that is a language model is asked'),
  maxFailed: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('share of comparisons on which the judge may fail before the run stops'),
};

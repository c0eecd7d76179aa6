import type { Judge } from '../judge.ts';
import { createAlpacaEvalJudge } from './alpacaEval.ts';
import { createArenaHardJudge } from './arenaHard.ts';
import type { ChatModel } from './chatModel.ts';
import { createMtBenchPairJudge, createMtBenchSingleJudge, type MtBenchOptions } from './mtBench.ts';
import { createRationaleJudge } from './rationaleJudge.ts';
import type { TextSettings } from './readAnswers.ts';
import { createRubricJudge, type Criterion } from './rubric.ts';
import { createSelfReferenceJudge } from './selfReference.ts';
import type { Template } from './templates.ts';

export interface TemplateJudgeOptions extends TextSettings {
  /** Of the rubric. */
  criteria?: readonly Criterion[];
  /** How many of the likeliest tokens the model tells cheaply. */
  topLogProbs?: number | undefined;
  /** Of MT-Bench: reference answers to all turns by the first question. */
  references?: ReadonlyMap<string, readonly string[]> | undefined;
}

/** A language model that judges, asked by a template. Disposing the judge leaves the model. */
export function createTemplateJudge(template: Template, model: ChatModel, options: TemplateJudgeOptions = {}): Judge {
  return CREATE[template](model, options);
}

const CREATE: Readonly<Record<Template, (model: ChatModel, options: TemplateJudgeOptions) => Judge>> = {
  'alpaca-eval': (model, { maxTokens, topLogProbs }) =>
    createAlpacaEvalJudge(model, {
      ...(maxTokens === undefined ? {} : { maxTokens }),
      ...(topLogProbs === undefined ? {} : { topLogProbs }),
    }),
  'mt-bench': (model, options) => createMtBenchPairJudge(model, mtBenchOptions(options)),
  'mt-bench-single': (model, options) => createMtBenchSingleJudge(model, mtBenchOptions(options)),
  'arena-hard': (model, options) => createArenaHardJudge(model, settingsOf(options)),
  'arena-hard-creative': (model, options) =>
    createArenaHardJudge(model, { ...settingsOf(options), category: 'creative' }),
  rubric: (model, options) => createRubricJudge(model, { ...settingsOf(options), criteria: options.criteria ?? [] }),
  'self-reference': (model, options) => createSelfReferenceJudge(model, settingsOf(options)),
  rationale: (model, options) => createRationaleJudge(model, settingsOf(options)),
};

function mtBenchOptions({ references, ...rest }: TemplateJudgeOptions): MtBenchOptions {
  return { ...settingsOf(rest), ...(references === undefined ? {} : { references }) };
}

function settingsOf({ temperature, maxTokens }: TemplateJudgeOptions): TextSettings {
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens }),
  };
}

import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { listProblems, reasonOf, schemaProblems } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { AlpacaEvalOptions, ChatModel, Criterion, Judge } from '../../judges/index.ts';
import type { TextSettings } from '../../judges/llm/readAnswers.ts';
import { checkWhole } from '../commands/data/checkWhole.ts';
import type { JudgeArguments, Template } from './judgeOptions.ts';
import { openLanguageModel, type ModelKind } from './openLanguageModel.ts';
import type { JudgeContext } from './openJudge.ts';

const criteriaSchema = z.array(
  z.strictObject({ name: z.string().min(1), description: z.string().min(1), weight: z.number().optional() }),
);

type Create = (model: ChatModel) => Judge;

/** A language model that judges, behind an API or in a folder, asked by a template; disposing the judge frees the model. */
export async function openTemplateJudge(
  template: Template,
  kind: ModelKind,
  name: string,
  context: JudgeContext,
): Promise<Judge> {
  const criteria = template === 'rubric' ? await readCriteria(context.args.criteria) : [];
  const settings = textSettings(context.args);
  if (template === 'alpaca-eval' && settings.temperature !== undefined) {
    throw new UserError(
      'judge.options',
      '--temperature: alpaca-eval has temperatures of its own. Leave the option out, or give another --template.',
    );
  }
  const { model, topLogProbs, dispose } = await openLanguageModel(kind, name, context);
  try {
    const creates = await createsOf(settings, criteria, topLogProbs);
    return { ...creates[template](model), dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function createsOf(
  settings: TextSettings,
  criteria: readonly Criterion[],
  topLogProbs: number | undefined,
): Promise<Record<Template, Create>> {
  const judges = await import('../../judges/index.ts');
  const { maxTokens } = settings;
  const alpacaEval: AlpacaEvalOptions = {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(topLogProbs === undefined ? {} : { topLogProbs }),
  };
  return {
    'alpaca-eval': (model) => judges.createAlpacaEvalJudge(model, alpacaEval),
    'mt-bench': (model) => judges.createMtBenchPairJudge(model, settings),
    'mt-bench-single': (model) => judges.createMtBenchSingleJudge(model, settings),
    'arena-hard': (model) => judges.createArenaHardJudge(model, settings),
    'arena-hard-creative': (model) => judges.createArenaHardJudge(model, { ...settings, category: 'creative' }),
    rubric: (model) => judges.createRubricJudge(model, { ...settings, criteria }),
    'self-reference': (model) => judges.createSelfReferenceJudge(model, settings),
    rationale: (model) => judges.createRationaleJudge(model, settings),
  };
}

function textSettings({ temperature, 'max-tokens': maxTokens }: JudgeArguments): TextSettings {
  if (temperature !== undefined && !(temperature >= 0 && temperature < Infinity)) {
    throw new UserError('cli.usage', `--temperature: expected a number of at least 0, got ${temperature}.`);
  }
  return {
    ...(temperature === undefined ? {} : { temperature }),
    ...(maxTokens === undefined ? {} : { maxTokens: checkWhole('--max-tokens', maxTokens, 1) }),
  };
}

async function readCriteria(path: string | undefined): Promise<Criterion[]> {
  if (path === undefined) {
    throw new UserError('judge.criteria', 'The rubric needs criteria. Give a file of them with --criteria.');
  }
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw criteriaError(path, reasonOf(error));
  }
  const { data, error } = criteriaSchema.safeParse(value);
  if (error) throw criteriaError(path, `\n${listProblems(schemaProblems(error))}\n`);
  return data.map(({ weight, ...criterion }) => ({ ...criterion, ...(weight === undefined ? {} : { weight }) }));
}

function criteriaError(path: string, found: string): UserError {
  return new UserError(
    'judge.criteria',
    `${path}: expected a JSON list of criteria, found ${found}. Write such as ` +
      '[{"name": "correct", "description": "10: all facts are right. 1: the main one is wrong."}].',
  );
}

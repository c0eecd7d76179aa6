import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { listProblems, reasonOf, schemaProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../base/userError.ts';
import type { Judge } from './judge.ts';
import type { Criterion } from './llm/rubric.ts';
import { createTemplateJudge } from './llm/templateJudge.ts';
import type { Template } from './llm/templates.ts';
import { openLanguageModel, type LanguageModelOptions, type ModelKind } from './openLanguageModel.ts';

const criteriaSchema = z.array(
  z.strictObject({ name: z.string().min(1), description: z.string().min(1), weight: z.number().optional() }),
);

/** A language model that judges, behind an API or in a folder, asked by a template; disposing the judge frees the model. */
export async function openTemplateJudge(
  template: Template,
  kind: ModelKind,
  name: string,
  options: LanguageModelOptions,
): Promise<Judge> {
  const { temperature, maxTokens, optionNames } = options;
  const criteria = template === 'rubric' ? await readCriteria(options.criteria, optionNames.criteria) : [];
  if (template === 'alpaca-eval' && temperature !== undefined) {
    throw new UserError(
      'judge.options',
      `${optionNames.temperature}: alpaca-eval has temperatures of its own. Leave the option out, or give another ` +
        `${optionNames.template}.`,
    );
  }
  const { model, topLogProbs, dispose } = await openLanguageModel(kind, name, options);
  try {
    const judge = createTemplateJudge(template, model, {
      ...(temperature === undefined ? {} : { temperature }),
      ...(maxTokens === undefined ? {} : { maxTokens }),
      criteria,
      topLogProbs,
      references: options.references,
    });
    return { ...judge, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

async function readCriteria(path: string | undefined, option: string): Promise<Criterion[]> {
  if (path === undefined) {
    throw new UserError('judge.criteria', `The rubric needs criteria. Give a file of them with ${option}.`);
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

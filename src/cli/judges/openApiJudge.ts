import { readFile } from 'node:fs/promises';

import { z } from 'zod';

import { listProblems, reasonOf, schemaProblems } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { ApiClientOptions, ChatModel, Criterion, Judge } from '../../judges/index.ts';
import type { JudgeArguments, Template } from './judgeOptions.ts';
import type { JudgeContext } from './openJudge.ts';

const criteriaSchema = z.array(
  z.strictObject({ name: z.string().min(1), description: z.string().min(1), weight: z.number().optional() }),
);

/** A language model behind an API, asked by a template. */
export async function openApiJudge(template: Template, model: string, context: JudgeContext): Promise<Judge> {
  const judges = await import('../../judges/index.ts');
  const criteria = template === 'rubric' ? await readCriteria(context.args.criteria) : [];
  const create: Record<Template, (model: ChatModel) => Judge> = {
    'alpaca-eval': judges.createAlpacaEvalJudge,
    'mt-bench': judges.createMtBenchPairJudge,
    'mt-bench-single': judges.createMtBenchSingleJudge,
    'arena-hard': judges.createArenaHardJudge,
    'arena-hard-creative': (model) => judges.createArenaHardJudge(model, { category: 'creative' }),
    rubric: (model) => judges.createRubricJudge(model, { criteria }),
    'self-reference': judges.createSelfReferenceJudge,
  };
  return create[template](judges.createApiClient(clientOptions(model, context)));
}

function clientOptions(model: string, { args, store }: JudgeContext): ApiClientOptions {
  const prices = pricesOf(args);
  const { 'base-url': baseURL, concurrency } = args;
  return {
    model,
    concurrency,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(store ? { store } : {}),
    ...(prices ? { prices } : {}),
  };
}

function pricesOf({ 'price-in': input, 'price-out': output }: JudgeArguments): ApiClientOptions['prices'] {
  if (input === undefined && output === undefined) return undefined;
  if (input === undefined || output === undefined) {
    throw new UserError('cli.usage', '--price-in and --price-out: expected both, got one. Give both, or none.');
  }
  return { promptToken: input / 1e6, completionToken: output / 1e6 };
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

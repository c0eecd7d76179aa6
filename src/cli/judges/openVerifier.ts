import { readFile } from 'node:fs/promises';

import { readResponses } from '../../../datasets/index.ts';
import { reasonOf } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { Answer, LengthOptions, ScoringJudge } from '../../judges/index.ts';
import type { JudgeContext } from './openJudge.ts';

/** Checks as they are written behind `verifier:`. */
export const VERIFIERS = [
  'length:<least>-<most> (words; either may be left out)',
  'exact[:<answer>]',
  'numeric[:<number>]',
  'regex:<pattern>',
  'json:<schema file>',
  'language:<ISO 639-3 code>',
  'repetition[:<words>]',
] as const;

/**
 * A check without a model. `exact` and `numeric` compare with the answer that is given, or with the answer to the same
 * prompt in the file of `--references`.
 */
export async function openVerifier(text: string, { args }: JudgeContext): Promise<ScoringJudge> {
  const judges = await import('../../judges/index.ts');
  const [, check, value] = /^([^:]*)(?::(.*))?$/s.exec(text)!;
  switch (check) {
    case 'length':
      return judges.createLengthVerifier(lengthsOf(value));
    case 'exact':
    case 'numeric': {
      const { expected, name } = await expectedAnswer(check, value, args.references);
      const create = check === 'exact' ? judges.createExactAnswerVerifier : judges.createNumericAnswerVerifier;
      const judge = create({ expected });
      // What is right belongs to the judge: verdicts are stored by its id.
      return { ...judge, id: `${judge.id} ${name}` };
    }
    case 'regex':
      return judges.createRegexVerifier(patternOf(value));
    case 'json':
      return judges.createJsonSchemaVerifier(await readSchema(value));
    case 'language':
      return judges.createLanguageVerifier({ language: value ?? '' });
    case 'repetition':
      return judges.createRepetitionVerifier(value === undefined ? {} : { n: Number(value) });
    default:
      throw new UserError(
        'judge.unknown',
        `--judge: expected a check behind "verifier:", found "${text}". There are:\n` +
          VERIFIERS.map((verifier) => `  verifier:${verifier}`).join('\n'),
      );
  }
}

function wrong(check: string, expected: string, found: string | undefined): UserError {
  const text = found === undefined ? 'nothing' : `"${found}"`;
  return new UserError('judge.options', `verifier:${check}: expected ${expected}, found ${text}.`);
}

function lengthsOf(value = ''): LengthOptions {
  const [, min, max] = /^(\d*)-(\d*)$/.exec(value) ?? [];
  if (!min && !max) throw wrong('length', 'lengths in words such as 10-50, 10- or -50', value);
  return { ...(min ? { min: Number(min) } : {}), ...(max ? { max: Number(max) } : {}) };
}

function patternOf(value: string | undefined): RegExp {
  if (!value) throw wrong('regex', 'a regular expression', value);
  try {
    return new RegExp(value, 'u');
  } catch (error) {
    throw new UserError('judge.options', `verifier:regex: ${reasonOf(error)}. Correct the pattern.`, { cause: error });
  }
}

async function readSchema(path: string | undefined): Promise<object> {
  if (!path) throw wrong('json', 'a file with a JSON Schema', path);
  let schema: unknown;
  try {
    schema = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new UserError('judge.jsonSchema', `${path}: expected a JSON Schema: ${reasonOf(error)}. Name another file.`);
  }
  if (typeof schema !== 'object' || schema === null) throw wrong('json', 'a JSON object in the file', path);
  return schema;
}

async function expectedAnswer(
  check: string,
  value: string | undefined,
  references: string | undefined,
): Promise<{ expected: (item: Answer) => string | undefined; name: string }> {
  if (value !== undefined) return { expected: () => value, name: JSON.stringify(value) };
  if (references === undefined) throw wrong(check, `verifier:${check}:<answer>, or --references`, undefined);
  const { judgmentKey } = await import('../../judges/judgmentStore.ts');
  const { responses } = await readResponses(references);
  const answers = new Map(responses.map(({ prompt, response }) => [JSON.stringify(prompt), response]));
  const name = `references ${judgmentKey([...answers]).slice(0, 12)}`;
  return { expected: ({ prompt }) => answers.get(JSON.stringify(prompt)), name };
}

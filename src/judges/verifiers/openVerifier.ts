import { readFile } from 'node:fs/promises';

import { readResponses } from '../../../datasets/index.ts';
import { reasonOf } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { Answer, Verifier } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { createExactAnswerVerifier } from './exactAnswer.ts';
import { createJsonSchemaVerifier } from './jsonSchema.ts';
import { createLanguageVerifier } from './language.ts';
import { createLengthVerifier, type LengthOptions } from './length.ts';
import { createNumericAnswerVerifier } from './numericAnswer.ts';
import { createRegexVerifier } from './regex.ts';
import { createRepetitionVerifier } from './repetition.ts';

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

/** Where right answers come from that a check does not name itself. */
export interface RightAnswers {
  /** File of prompts with answers. */
  references?: string | undefined;
  /** Column of the prompts' rows. */
  column?: string | undefined;
}

/**
 * A check without a model. `exact` and `numeric` compare with the answer that is given; else with the answer to the same
 * prompt in the file of references, or with that in a column of the prompt's row.
 *
 * @param text what stands behind `verifier:`
 * @param name of the option that named it, for messages
 * @throws {UserError} for a check that there is not, or that cannot be
 */
export async function openVerifier(text: string, answers: RightAnswers, name: string): Promise<Verifier> {
  const [, check, value] = /^([^:]*)(?::(.*))?$/s.exec(text)!;
  switch (check) {
    case 'length':
      return createLengthVerifier(lengthsOf(value));
    case 'exact':
    case 'numeric': {
      const { source, ...right } = await rightAnswer(check, value, answers);
      const create = check === 'exact' ? createExactAnswerVerifier : createNumericAnswerVerifier;
      const judge = create(right);
      // What is right belongs to the judge: verdicts are stored by its id.
      return { ...judge, id: `${judge.id} ${source}` };
    }
    case 'regex':
      return createRegexVerifier(patternOf(value));
    case 'json':
      return createJsonSchemaVerifier(await readSchema(value));
    case 'language':
      return createLanguageVerifier({ language: value ?? '' });
    case 'repetition':
      return createRepetitionVerifier(value === undefined ? {} : { n: Number(value) });
    default:
      throw new UserError(
        'judge.unknown',
        `${name}: expected a check behind "verifier:", found "${text}". There are:\n` +
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

/** What is right, and how the id of the judge says it. */
interface RightAnswer {
  expected: (item: Answer) => string | undefined;
  source: string;
  columns?: readonly string[];
}

async function rightAnswer(
  check: string,
  value: string | undefined,
  { references, column }: RightAnswers,
): Promise<RightAnswer> {
  if (value !== undefined) return { expected: () => value, source: JSON.stringify(value) };
  if (references !== undefined) {
    const { responses } = await readResponses(references);
    const answers = new Map(responses.map(({ prompt, response }) => [JSON.stringify(prompt), response]));
    const source = `references ${judgmentKey([...answers]).slice(0, 12)}`;
    return { expected: ({ prompt }) => answers.get(JSON.stringify(prompt)), source };
  }
  if (column === undefined) throw wrong(check, `verifier:${check}:<answer>, or --references`, undefined);
  const expected = ({ columns }: Answer): string | undefined => textOf(columns?.[column]);
  return { expected, source: `column ${column}`, columns: [column] };
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}

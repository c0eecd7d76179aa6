import { Ajv, type AnySchema } from 'ajv';

import { reasonOf } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';

/**
 * Scores 1 where an answer is JSON that follows a JSON Schema (draft 7): as it is, or in one code fence with nothing else.
 *
 * @throws {UserError} when the schema is none
 */
export function createJsonSchemaVerifier(schema: object): Verifier {
  const validate = compiled(schema);
  return createVerifier({
    id: `json schema ${JSON.stringify(schema)}`,
    check: ({ answer }) => {
      const text = /^```(?:json)?\n(.*)\n```$/s.exec(answer.trim())?.[1] ?? answer;
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch {
        return false;
      }
      return validate(value);
    },
  });
}

function compiled(schema: AnySchema): (value: unknown) => boolean {
  try {
    return new Ajv({ strict: false }).compile(schema);
  } catch (error) {
    throw new UserError(
      'judge.jsonSchema',
      `createJsonSchemaVerifier: expected a JSON Schema (draft 7), found one of which ajv says "${reasonOf(error)}". ` +
        'Correct the schema.',
      { cause: error },
    );
  }
}

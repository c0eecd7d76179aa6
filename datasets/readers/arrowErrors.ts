import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';

/** The error for an Arrow file or stream whose inside is not right. */
export function damagedArrow(name: string, error: unknown): UserError {
  if (error instanceof UserError) return error;
  return new UserError(
    'arrow.damaged',
    `${name}: expected a whole Arrow file, found damaged content (${reasonOf(error)}). Make or copy it again.`,
    { cause: error },
  );
}

/** The error for an Arrow file or stream that ends too early. */
export function truncatedArrow(name: string, expected: string, found: string): UserError {
  const message = `${name}: expected an Arrow ${expected}, found ${found}: it is truncated. Make it again, or copy it again.`;
  return new UserError('arrow.truncated', message);
}

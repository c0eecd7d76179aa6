import type { Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';

export interface LengthOptions {
  /** Default 0. */
  min?: number;
  /** Default: none. */
  max?: number;
  /** Default words; characters are Unicode code points. */
  unit?: 'words' | 'characters';
}

/**
 * Scores 1 where an answer's length is within bounds; outside the score falls with the distance, as a share of the bound
 * that is missed, down to 0 at none or twice the length.
 *
 * @throws {RangeError} when the bounds leave no length
 */
export function createLengthVerifier({ min = 0, max = Infinity, unit = 'words' }: LengthOptions): Verifier {
  if (!(min >= 0 && max >= min && min < Infinity)) {
    throw new RangeError(`createLengthVerifier: expected 0 <= min <= max, got min ${min} and max ${max}.`);
  }
  return createVerifier({
    id: `length ${min} to ${max} ${unit}`,
    check: ({ answer }) => {
      const length = unit === 'words' ? wordsOf(answer).length : Array.from(answer).length;
      if (length < min) return length / min;
      return length <= max ? 1 : Math.max(0, 1 - (length - max) / Math.max(1, max));
    },
  });
}

/** The words of a text, by the rules of Unicode, so that scripts without spaces have some too. */
export function wordsOf(text: string): string[] {
  const parts = [...new Intl.Segmenter(undefined, { granularity: 'word' }).segment(text)];
  return parts.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
}

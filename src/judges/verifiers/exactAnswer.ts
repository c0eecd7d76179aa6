import type { Answer, Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';
import { finalAnswer } from './finalAnswer.ts';

export interface ExactAnswerOptions {
  /** The reference: a solution, or the bare answer. */
  expected: (item: Answer) => string | undefined;
  /** Columns of the prompts' rows that `expected` reads. Default: none. */
  columns?: readonly string[];
  /** Makes texts that mean the same equal. Default: case, white space and a full stop at the end do not matter. */
  normalize?: (text: string) => string;
}

/**
 * Scores 1 where the final answer (behind `####`, in `\boxed{}`, or else the whole text) is the reference's. A missing
 * reference is an error.
 */
export function createExactAnswerVerifier({ expected, columns, normalize = plain }: ExactAnswerOptions): Verifier {
  const read = (text: string): string => normalize(finalAnswer(text) ?? text);
  return createVerifier({
    columns,
    id: normalize === plain ? 'exact answer' : `exact answer, normalized by ${String(normalize)}`,
    check: (item) => {
      const reference = expected(item);
      if (reference === undefined) throw new Error('no reference answer');
      return read(item.answer) === read(reference);
    },
  });
}

function plain(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim().replace(/\.$/, '');
}

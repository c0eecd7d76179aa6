import type { Answer, Verifier } from '../judge.ts';
import { answerNumber, numbersIn } from './answerNumber.ts';
import { createVerifier } from './createVerifier.ts';
import { finalAnswer } from './finalAnswer.ts';

export interface NumericAnswerOptions {
  /** The reference: a solution, or the bare number. */
  expected: (item: Answer) => string | undefined;
  /** Columns of the prompts' rows that `expected` reads. Default: none. */
  columns?: readonly string[];
  /** Largest difference that counts as equal, as a share of the reference (absolute where that is 0). Default 1e-6. */
  tolerance?: number;
}

/**
 * Scores 1 where an answer's number is the reference's: the one behind `####` or in `\boxed{}`, else the last of the text.
 * An answer without a number is wrong; a reference without one is an error.
 *
 * @example
 *   const solutions = new Map(rows.map(({ id, answer }) => [id, answer]));
 *   const judge = createNumericAnswerVerifier({ expected: ({ id }) => solutions.get(id) });
 */
export function createNumericAnswerVerifier({ expected, columns, tolerance = 1e-6 }: NumericAnswerOptions): Verifier {
  return createVerifier({
    columns,
    id: `numeric answer, tolerance ${tolerance}`,
    check: (item) => {
      const reference = expected(item);
      const wanted = reference === undefined ? undefined : answeredNumber(reference);
      if (wanted === undefined) throw new Error(`no number in the reference ${JSON.stringify(reference ?? null)}`);
      const found = answeredNumber(item.answer);
      return found !== undefined && Math.abs(found - wanted) <= tolerance * (Math.abs(wanted) || 1);
    },
  });
}

function answeredNumber(text: string): number | undefined {
  const final = finalAnswer(text);
  return final === undefined ? numbersIn(text).at(-1) : (answerNumber(final) ?? numbersIn(final).at(-1));
}

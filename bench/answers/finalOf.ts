import { answerNumber } from '../../src/judges/verifiers/answerNumber.ts';
import { finalAnswer } from '../../src/judges/verifiers/finalAnswer.ts';

/**
 * What an answer says in the end, written so that equal ones vote together: behind `####` or inside `\boxed{}`, else its
 * last line; numbers by their value, words without case and outer signs. Undefined for an empty answer.
 */
export function finalOf(text: string): string | undefined {
  const last = finalAnswer(text) ?? text.trim().split('\n').at(-1)!;
  const number = answerNumber(last);
  if (number !== undefined) return String(number);
  const words = last.toLowerCase().replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, '');
  return words === '' ? undefined : words;
}

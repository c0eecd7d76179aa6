import type { Message } from '../messages.ts';
import type { AdaptedPair } from './adapter.ts';
import { RowFault } from './rowFault.ts';

/** The pair of two answers, or what is wrong with them. */
export function pairOfAnswers(
  prompt: Message[],
  chosen: string,
  rejected: string,
  names: readonly [chosen: string, rejected: string] = ['chosen', 'rejected'],
): AdaptedPair | RowFault {
  const empty = names.filter((_, at) => (at === 0 ? chosen : rejected).trim() === '');
  if (empty.length > 0) {
    return new RowFault('empty-answer', `expected two answers, ${empty.join(' and ')} is empty`, empty[0], '');
  }
  if (chosen === rejected) {
    const why = `expected two different answers, "${names[0]}" and "${names[1]}" are the same`;
    return new RowFault('equal-answers', why, names[1], rejected);
  }
  return { prompt, chosen, rejected };
}

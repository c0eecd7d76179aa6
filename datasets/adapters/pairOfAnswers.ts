import type { Message } from '../messages.ts';
import type { AdaptedPair } from './adapter.ts';

/** The pair of two answers, or what is wrong with them. */
export function pairOfAnswers(
  prompt: Message[],
  chosen: string,
  rejected: string,
  names: readonly [chosen: string, rejected: string] = ['chosen', 'rejected'],
): AdaptedPair | string {
  const empty = names.filter((_, at) => (at === 0 ? chosen : rejected).trim() === '');
  if (empty.length > 0) return `expected two answers, ${empty.join(' and ')} is empty`;
  if (chosen === rejected) return `expected two different answers, "${names[0]}" and "${names[1]}" are the same`;
  return { prompt, chosen, rejected };
}

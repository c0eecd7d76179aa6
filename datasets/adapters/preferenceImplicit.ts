import { promptMessages } from '../promptMessages.ts';
import type { AdaptedPair, Adapter, RawRow } from './adapter.ts';
import { has } from './adapter.ts';
import { pairOfAnswers } from './pairOfAnswers.ts';
import { RowFault } from './rowFault.ts';

/** Columns that say nothing about a conversation. Any other text or list may be the prompt: then none is looked for elsewhere. */
const ASIDE = new Set(['id', 'source', 'chosen', 'rejected']);

/**
 * TRL's standard preference format with an implicit prompt: two texts whose common beginning is the prompt. As in TRL's
 * `extract_prompt`, a space before the place where they part belongs to the answers.
 */
export const preferenceImplicit: Adapter = {
  name: 'preference-implicit',
  describes: 'chosen and rejected alone, as text that begins with the prompt in both',
  matches: (row) =>
    typeof row['chosen'] === 'string' &&
    typeof row['rejected'] === 'string' &&
    Object.keys(row).every(
      (name) => ASIDE.has(name) || !['string', 'object'].includes(typeof (row[name] ?? undefined)),
    ),
  toPairs: (row) => {
    const pair = parted(row);
    return pair instanceof RowFault ? pair : [pair];
  },
  toPrompt: (row) => {
    const pair = parted(row);
    return pair instanceof RowFault ? pair : pair.prompt;
  },
};

function parted(row: RawRow): AdaptedPair | RowFault {
  const { chosen, rejected } = row;
  for (const side of ['chosen', 'rejected'] as const) {
    if (!has(row, side))
      return new RowFault('missing-field', `expected "chosen" and "rejected", found no "${side}"`, side);
  }
  if (typeof chosen !== 'string') return RowFault.in('chosen', 'text', chosen);
  if (typeof rejected !== 'string') return RowFault.in('rejected', 'text', rejected);
  let end = 0;
  while (end < chosen.length && end < rejected.length && chosen[end] === rejected[end]) end++;
  // The two halves of a character beyond 16 bits stay together.
  if (end > 0 && /[\uD800-\uDBFF]/.test(chosen[end - 1]!)) end--;
  if (end > 0 && chosen[end - 1] === ' ') end--;
  const shared = chosen.slice(0, end);
  if (chosen !== rejected && shared.trim() === '') {
    const why =
      'expected the conversation in "prompt", or "chosen" and "rejected" to begin with it, found no common beginning';
    return new RowFault('missing-field', why, 'prompt');
  }
  if (chosen === rejected) return pairOfAnswers([], chosen, rejected);
  const prompt = promptMessages({ prompt: shared });
  return prompt instanceof RowFault ? prompt : pairOfAnswers(prompt, chosen.slice(end), rejected.slice(end));
}

import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';

import {
  loadTokenizer,
  recordedTransforms,
  recordTransform,
  tokenizePairs,
  type PreferencePair,
  type TokenizedPairs,
  type Tokenizer,
  type TokenizePairsOptions,
} from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

const END = 2;
const BOS = 1;
let tokenizer: Tokenizer;
beforeAll(async () => {
  const folder = fileURLToPath(new URL('../../src/world/assets/policy', import.meta.url));
  // Each digit is one token, far from the ids of BOS and end.
  const encode = (text: string): number[] => Array.from(text, (digit) => (digit === '^' ? BOS : 10 + Number(digit)));
  const chatTemplate = "{% for m in messages %}{{ m['content'] }}{% endfor %}";
  tokenizer = { ...(await loadTokenizer(folder)), chatTemplate, encode, bosTokenId: BOS, eosTokenId: END };
});

const pair = (prompt: string, chosen: string, rejected: string, id = 'p'): PreferencePair => ({
  id,
  prompt: [{ role: 'user', content: prompt }],
  chosen,
  rejected,
});
const show = (ids: readonly number[]): string =>
  ids.map((id) => (id === END ? '$' : id === BOS ? '^' : id - 10)).join('');
const cut = (pairs: PreferencePair[], options: TokenizePairsOptions): TokenizedPairs & { shown: string[] } => {
  const result = tokenizePairs(tokenizer, pairs, options);
  const shown = result.kept.map((one) => [one.promptIds, one.chosenIds, one.rejectedIds].map(show).join(' '));
  return { ...result, shown };
};

describe('a pair that is too long', () => {
  test('keeps its start: answers lose their ends, and the end token is neither there nor counted', () => {
    const { shown, dropped, truncated } = cut([pair('123', '456', '78')], { maxLength: 6, longPairs: 'keep-start' });
    expect(shown).toEqual(['123 456 78$']);
    expect([dropped, truncated]).toEqual([[], { prompts: 0, answers: 1 }]);
  });

  test('keeps its end: the prompt loses its beginning, for both answers alike, and keeps its BOS', () => {
    const options = { maxLength: 6, longPairs: 'keep-end' } as const;
    const { shown, truncated } = cut([pair('12345', '67', '8'), pair('^12345', '67', '8', 'q')], options);
    expect(shown).toEqual(['345 67$ 8$', '^45 67$ 8$']);
    expect(truncated).toEqual({ prompts: 2, answers: 0 });
  });

  test('has its prompt seen to first', () => {
    const options = { maxLength: 5, longPairs: 'keep-start', maxPromptLength: 2 } as const;
    expect(cut([pair('12345', '67', '8999')], options)).toMatchObject({
      shown: ['45 67$ 899'],
      truncated: { prompts: 1, answers: 1 },
    });
    const kept = pair('12', '6', '8', 'kept');
    const dropping = { ...options, longPrompts: 'drop' } as const;
    expect(cut([pair('12345', '67', '8'), kept], dropping)).toMatchObject({
      shown: ['12 6$ 8$'],
      dropped: [{ id: 'p', tokens: 5, reason: 'prompt-too-long' }],
    });
  });

  test.each([
    ['no-answer-left', 'keep-start', pair('12345', '6', '7'), 7],
    ['equal-answers', 'keep-start', pair('123', '4567', '4568'), 8],
    ['no-prompt-left', 'keep-end', pair('1', '23456', '7'), 7],
    ['too-long', 'drop', pair('123', '456', '7'), 7],
  ] as const)('is dropped with its reason: %s under %s', (reason, longPairs, long, tokens) => {
    const { shown, dropped, entry } = cut([long, pair('1', '2', '3', 'kept')], { maxLength: 5, longPairs });
    expect(shown).toEqual(['1 2$ 3$']);
    expect(dropped).toEqual([{ id: 'p', tokens, reason }]);
    expect(entry).toEqual({
      name: 'tokenizePairs',
      options: { tokenizer: 'policy', format: 'chat', maxLength: 5, longPairs },
      rowsIn: 2,
      rowsOut: 1,
      dropped: { [reason]: 1 },
      truncated: { prompts: 0, answers: 0 },
    });
    expect(recordedTransforms(recordTransform({}, entry))).toEqual([entry]);
  });

  test('stays as it is, equal answers and all, where it is not too long', () => {
    expect(cut([pair('1', '2', '2')], { maxLength: 3, longPairs: 'keep-start' }).shown).toEqual(['1 2$ 2$']);
  });
});

test('sequences are those of TRL where it keeps the prompt: its prompt[-max:], then [:max] or [-max:] of the whole', () => {
  const digits = fc.array(fc.integer({ min: 3, max: 9 }), { minLength: 1, maxLength: 9 }).map((list) => list.join(''));
  const options = fc.record({
    maxLength: fc.integer({ min: 2, max: 20 }),
    longPairs: fc.constantFrom('keep-start' as const, 'keep-end' as const),
    maxPromptLength: fc.integer({ min: 1, max: 9 }),
  });
  const property = fc.property(digits, digits, digits, options, (prompt, chosen, rejected, rules) => {
    const kept = pair('1', '2', '3', 'kept');
    const { shown, dropped } = cut([pair(prompt, chosen, rejected), { ...kept, chosen: '', rejected: '' }], rules);
    expect(shown.length + dropped.length).toBe(2);
    if (dropped.length > 0) return;
    const [ownPrompt, ...answers] = shown[0]!.split(' ');
    const sequences = [chosen, rejected].map((answer) => `${prompt.slice(-rules.maxPromptLength)}${answer}$`);
    const longest = Math.max(...sequences.map((text) => text.length));
    for (const [at, sequence] of sequences.entries()) {
      const over = Math.max(0, longest - rules.maxLength);
      const expected = rules.longPairs === 'keep-start' ? sequence.slice(0, rules.maxLength) : sequence.slice(over);
      expect(`${ownPrompt}${answers[at]}`).toBe(expected);
    }
  });
  fc.assert(property, { seed: 1, numRuns: 300 });
});

test('pairs of which none is kept, long prompts under error and wrong lengths are refused', async () => {
  const long = pair('12345', '6', '7');
  const none = await userErrorOf(() => cut([long], { maxLength: 5, longPairs: 'keep-start' }));
  expect(none).toEqual({
    code: 'pairs.tooLong',
    message:
      'pairs: expected at most 5 tokens in each, 1 of 1 have more:\n  p: 7 tokens (no-answer-left)\n' +
      'Remove or shorten them, or allow more tokens.',
  });
  const limits = { maxLength: 9, longPairs: 'drop', maxPromptLength: 4, longPrompts: 'error' } as const;
  const prompt = await userErrorOf(() => cut([long, pair('1', '2', '3')], limits));
  expect(prompt.code).toBe('pairs.promptTooLong');
  expect(prompt.message).toContain('expected at most 4 tokens in each prompt, 1 of 2 have more:\n  p: 5 tokens\n');
  expect(() => cut([long], { maxLength: 0, longPairs: 'drop' })).toThrow(
    'tokenizePairs: maxLength must be a whole number',
  );
  expect(() => cut([long], { maxLength: 9, longPairs: 'drop', longPrompts: 'drop' })).toThrow(
    'tokenizePairs: longPrompts needs maxPromptLength, got "drop" alone. Set both, or leave it out.',
  );
});

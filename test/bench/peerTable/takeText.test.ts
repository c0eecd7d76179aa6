import { expect, test } from 'vitest';

import { takeText } from '../../../bench/peerTable/takeText.ts';
import { loadTokenizer, type PreferencePair } from '../../../datasets/index.ts';
import { BASE_POLICY } from '../../../src/world/index.ts';

const tokenizer = await loadTokenizer(BASE_POLICY);
const pair = (id: string, words: number): PreferencePair => ({
  id,
  prompt: [{ role: 'user', content: Array.from({ length: words }, () => 'bird').join(' ') }],
  chosen: 'yes',
  rejected: 'no',
});
const PAIRS = [pair('a', 3), pair('long', 200), pair('b', 4), pair('c', 5)];

test('the first pairs and prompts that are short enough are taken, prompts up to the turn of the policy', () => {
  const { pairs, prompts } = takeText('pairs.jsonl', tokenizer, PAIRS, {
    pairs: 1,
    maxLength: 128,
    prompts: 2,
    maxPromptLength: 64,
  });
  expect(pairs.map(({ id }) => id)).toEqual(['a']);
  expect(prompts.map(({ messages }) => messages)).toEqual([PAIRS[0]!.prompt, PAIRS[2]!.prompt]);
  expect(prompts[0]!.ids).toEqual(pairs[0]!.promptIds);
});

test('a file with too few short prompts is refused', () => {
  expect(() =>
    takeText('pairs.jsonl', tokenizer, PAIRS, { pairs: 1, maxLength: 128, prompts: 4, maxPromptLength: 64 }),
  ).toThrow('pairs.jsonl: expected 4 prompts of at most 64 tokens, found 3. Give a file with more pairs.');
});

import { fileURLToPath } from 'node:url';

import { beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer, tokenizePairs, type PreferencePair, type Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../../src/base/userError.ts';
import { userErrorOf } from './userErrorOf.ts';

const FOLDER = fileURLToPath(new URL('../../src/world/assets/policy', import.meta.url));
let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(FOLDER);
});

const pair = (chosen: string, rejected = 'No.'): PreferencePair => ({
  id: 'one',
  prompt: [{ role: 'user', content: 'Could you suggest two trips?' }],
  chosen,
  rejected,
});
const options = { maxLength: 64, longPairs: 'error' } as const;
const END = 2;
const saysNothing = (): never => {
  throw new UserError('tokenizer.offsets', 'untracked');
};

test('prompt and answer are what the chat template writes, and the answer ends in one end token, counted', () => {
  const { kept, dropped } = tokenizePairs(tokenizer, [pair('Yes, gladly.')], options);
  const { promptIds, chosenIds, rejectedIds } = kept[0]!;
  expect(dropped).toEqual([]);
  expect(tokenizer.decode(promptIds)).toBe(
    '<|im_start|>user\nCould you suggest two trips?<|im_end|>\n<|im_start|>assistant\n',
  );
  // The template writes a line break behind the end token, which is no part of the answer.
  expect(tokenizer.decode(chosenIds)).toBe('Yes, gladly.<|im_end|>');
  expect(chosenIds.filter((id) => id === END)).toHaveLength(1);
  expect(rejectedIds.at(-1)).toBe(END);
});

test('without a template the text is a transcript, and the end token is added', () => {
  const plain = { ...tokenizer, chatTemplate: null };
  const { kept } = tokenizePairs(plain, [pair('Yes.')], { ...options, format: 'transcript' });
  expect(tokenizer.decode(kept[0]!.promptIds)).toBe('\n\nHuman: Could you suggest two trips?\n\nAssistant:');
  expect(tokenizer.decode(kept[0]!.chosenIds)).toBe(' Yes.<|im_end|>');
  expect(tokenizePairs(plain, [pair('Yes.')], options).kept).toEqual(kept);
});

test('pairs that are too long are dropped with their lengths, or refused', async () => {
  const pairs = [pair('Yes.'), { ...pair('Yes. '.repeat(100)), id: 'long' }];
  const { kept, dropped } = tokenizePairs(tokenizer, pairs, { ...options, longPairs: 'drop' });
  expect(kept.map(({ id }) => id)).toEqual(['one']);
  expect(dropped).toHaveLength(1);
  expect(dropped[0]).toMatchObject({ id: 'long' });
  const error = await userErrorOf(() => tokenizePairs(tokenizer, pairs, options));
  expect(error.code).toBe('pairs.tooLong');
  expect(error.message).toContain('long: ');
  const all = await userErrorOf(() => tokenizePairs(tokenizer, pairs.slice(1), { ...options, longPairs: 'drop' }));
  expect(all.code).toBe('pairs.tooLong');
});

describe('a wrong boundary is refused with the pair, never off by one', () => {
  test('when a template leaves the last line break off', async () => {
    // The whole trims what the prompt alone ends in, as some templates do.
    const chatTemplate =
      "{% for m in messages %}{{ m['role'] + ': ' + m['content'] }}{% endfor %}{% if add_generation_prompt %}{{ 'assistant:\n\n' }}{% endif %}";
    const error = await userErrorOf(() => tokenizePairs({ ...tokenizer, chatTemplate }, [pair('Yes.')], options));
    expect(error.code).toBe('pairs.boundary');
    expect(error.message).toMatchInlineSnapshot(`
      "pairs: expected that the tokens of each prompt begin those of prompt and answer, 1 of 1 differ:
        one: chosen: token 11 of the prompt is 201 ("\\n"), of the whole 223 (" "); rejected: token 11 of the prompt is 201 ("\\n"), of the whole 413 (" N")
      Change the chat template, or remove these pairs."
    `);
  });

  test('when the answer merges with the end of the prompt', async () => {
    const chatTemplate = "{% for m in messages %}{{ m['content'] }}{% endfor %}";
    const merging = { ...pair('er is here'), prompt: [{ role: 'user', content: 'wint' }] };
    const before = tokenizer.encode('wint', { addSpecialTokens: false });
    const whole = tokenizer.encode('winter is here', { addSpecialTokens: false });
    // Only where the tokenizer merges across the boundary is there something to refuse.
    expect(whole.slice(0, before.length)).not.toEqual(before);
    const error = await userErrorOf(() => tokenizePairs({ ...tokenizer, chatTemplate }, [merging], options));
    expect(error.code).toBe('pairs.boundary');
    expect(error.message).toContain('token 1 of the prompt is 988 ("int"), of the whole 735 ("inter")');
    const untracked = { ...tokenizer, chatTemplate, encodeWithOffsets: saysNothing };
    const plain = await userErrorOf(() => tokenizePairs(untracked, [merging], options));
    expect(plain.message).toContain('token 1 of the prompt is 988, of the whole 735\n');
  });

  test('when the answer holds an end token of its own', async () => {
    const error = await userErrorOf(() => tokenizePairs(tokenizer, [pair('Yes.<|im_end|> More.')], options));
    expect(error.message).toContain('chosen: the answer holds an end token');
  });

  test('when the tokenizer names no end token', async () => {
    const error = await userErrorOf(() => tokenizePairs({ ...tokenizer, eosTokenId: null }, [pair('Yes.')], options));
    expect(error.code).toBe('pairs.noEndToken');
  });
});

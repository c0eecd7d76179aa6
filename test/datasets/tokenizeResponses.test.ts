import { fileURLToPath } from 'node:url';

import { beforeAll, expect, test } from 'vitest';

import { loadTokenizer, tokenizePairs, tokenizeResponses, type Tokenizer } from '../../datasets/index.ts';
import type { PromptResponse } from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(fileURLToPath(new URL('../../src/world/assets/policy', import.meta.url)));
});

const prompt = [{ role: 'user' as const, content: 'Could you suggest two trips?' }];
const response = (text: string, id = 'one'): PromptResponse => ({ id, prompt, response: text, source: 'test' });
const LONG = 'The sea, the hills, the lake and the old town. '.repeat(4);

test('an answer has the tokens that it has in a pair', () => {
  const { kept } = tokenizeResponses(tokenizer, [response('Yes, gladly.')], { maxLength: 64, longResponses: 'error' });
  const pair = { id: 'one', prompt, chosen: 'Yes, gladly.', rejected: 'No.' };
  const { promptIds, chosenIds } = tokenizePairs(tokenizer, [pair], { maxLength: 64, longPairs: 'error' }).kept[0]!;
  expect(kept).toEqual([{ id: 'one', promptIds, completionIds: chosenIds }]);
});

test('a long answer is left out, cut at its end, or an error, as asked', async () => {
  const rows = [response('Yes.'), response(LONG, 'long')];
  const { kept, dropped } = tokenizeResponses(tokenizer, rows, { maxLength: 48, longResponses: 'drop' });
  expect(kept.map(({ id }) => id)).toEqual(['one']);
  expect(dropped).toEqual([{ id: 'long', tokens: expect.any(Number) }]);
  expect(dropped[0]!.tokens).toBeGreaterThan(48);

  const cut = tokenizeResponses(tokenizer, rows, { maxLength: 48, longResponses: 'keep-start' });
  expect(cut.truncated).toBe(1);
  const { promptIds, completionIds } = cut.kept[1]!;
  expect(promptIds.length + completionIds.length).toBe(48);
  expect(completionIds).not.toContain(tokenizer.eosTokenId);
  expect(LONG.startsWith(tokenizer.decode(completionIds))).toBe(true);

  const stop = { maxLength: 48, longResponses: 'error' } as const;
  expect(await userErrorOf(() => tokenizeResponses(tokenizer, rows, stop))).toMatchObject({
    code: 'responses.tooLong',
  });
  const none = await userErrorOf(() =>
    tokenizeResponses(tokenizer, [rows[1]!], { maxLength: 48, longResponses: 'drop' }),
  );
  expect(none.message).toMatch(/at most 48 tokens.*1 of 1.*\n.*long: \d+ tokens/);
});

test('answers without a prompt, and those that hold an end token, are named together', async () => {
  const rows = [{ ...response('plain text', 'bare'), prompt: [] }, response('Yes.<|im_end|> No.', 'ends')];
  const { message } = await userErrorOf(() =>
    tokenizeResponses(tokenizer, rows, { maxLength: 64, longResponses: 'drop' }),
  );
  expect(message).toContain('2 of 2');
  expect(message).toContain('bare: there is no prompt');
  expect(message).toContain('ends: the answer holds an end token');
});

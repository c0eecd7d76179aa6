import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { loadTokenizer, readPrompts, tokenizePrompts } from '../../datasets/index.ts';
import type { PromptRow, Tokenizer, TokenizePromptsOptions } from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

const load = (name: string): Promise<Tokenizer> =>
  loadTokenizer(fileURLToPath(new URL(`../golden/tokenizers/${name}`, import.meta.url)));

const prompts = (...contents: string[]): PromptRow[] =>
  contents.map((content, at) => ({ id: `p${at}`, messages: [{ role: 'user', content }], source: 'test' }));
const options: TokenizePromptsOptions = { contextLength: 40, maxNewTokens: 8, longPrompts: 'drop' };
const digits = (count: number): string => '7'.repeat(count);

describe('a prompt', () => {
  test('is rendered by the chat template up to the answer', async () => {
    const tokenizer = await load('bytelevel_bpe');
    const [kept] = tokenizePrompts(tokenizer, prompts(' Hi '), options).kept;
    expect(tokenizer.decode(kept!.tokenIds)).toBe('<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n');
  });

  test('has one BOS where the template writes one and the tokenizer adds one', async () => {
    const tokenizer = await load('sentencepiece_bpe');
    const [kept] = tokenizePrompts(tokenizer, prompts('Hi'), options).kept;
    expect(tokenizer.encode('Hi')[0]).toBe(tokenizer.bosTokenId);
    expect(kept!.tokenIds.filter((id) => id === tokenizer.bosTokenId)).toHaveLength(1);
  });

  test('is a plain transcript on request, without the template', async () => {
    const tokenizer = await load('bytelevel_bpe');
    const [kept] = tokenizePrompts(tokenizer, prompts('Hi'), { ...options, format: 'transcript' }).kept;
    expect(tokenizer.decode(kept!.tokenIds)).toBe('\n\nHuman: Hi\n\nAssistant:');
  });

  test('without any token is an error', async () => {
    const tokenizer = { ...(await load('bytelevel_bpe')), chatTemplate: '{% if false %}{% endif %}' };
    expect(await userErrorOf(() => tokenizePrompts(tokenizer, prompts('a', 'b'), options))).toMatchInlineSnapshot(`
      {
        "code": "prompts.noTokens",
        "message": "prompts: expected text in each, 2 have none:
        p0
        p1
      Remove them.",
      }
    `);
  });
});

describe('a prompt that leaves no room for the answer', () => {
  /** A template of the content alone, in which each digit is one token. */
  const digitTokenizer = async (): Promise<Tokenizer> => ({
    ...(await load('bytelevel_bpe')),
    chatTemplate: '{{ messages[0].content }}',
    encode: (text) => Array.from(text, Number),
  });

  test('is dropped, counted and told apart by whether it fits the context at all', async () => {
    const all = prompts(digits(32), digits(33), digits(40), digits(41));
    const { kept, dropped } = tokenizePrompts(await digitTokenizer(), all, options);
    expect(kept).toEqual([{ prompt: all[0], tokenIds: Array(32).fill(7), cutTokens: 0 }]);
    expect(dropped).toEqual([
      { id: 'p1', tokens: 33, reason: 'no-room' },
      { id: 'p2', tokens: 40, reason: 'no-room' },
      { id: 'p3', tokens: 41, reason: 'exceeds-context' },
    ]);
  });

  test('is cut at its start under truncate-left', async () => {
    const all = prompts(`12345${digits(30)}`, '6');
    const { kept, dropped } = tokenizePrompts(await digitTokenizer(), all, {
      ...options,
      longPrompts: 'truncate-left',
    });
    expect(dropped).toEqual([]);
    expect(kept.map(({ tokenIds, cutTokens }) => [tokenIds.length, tokenIds.slice(0, 3), cutTokens])).toEqual([
      [32, [4, 5, 7], 3],
      [1, [6], 0],
    ]);
  });

  test('keeps its BOS under truncate-left', async () => {
    const tokenizer = { ...(await digitTokenizer()), bosTokenId: 1 };
    const { kept } = tokenizePrompts(tokenizer, prompts(`12345${digits(30)}`), {
      ...options,
      longPrompts: 'truncate-left',
    });
    expect([kept[0]!.tokenIds.length, kept[0]!.tokenIds.slice(0, 3), kept[0]!.cutTokens]).toEqual([32, [1, 5, 7], 3]);
  });

  test('or is longer than a limit of its own is dropped or cut, and the entry counts it', async () => {
    const tokenizer = await digitTokenizer();
    const all = prompts(digits(20), digits(21), digits(33));
    const limited = { ...options, maxPromptLength: 20 };
    const { dropped, entry } = tokenizePrompts(tokenizer, all, limited);
    expect(dropped.map(({ reason }) => reason)).toEqual(['too-long', 'no-room']);
    expect(entry).toEqual({
      name: 'tokenizePrompts',
      options: { ...limited, tokenizer: 'bytelevel_bpe', format: 'chat' },
      rowsIn: 3,
      rowsOut: 1,
      dropped: { 'too-long': 1, 'no-room': 1 },
      truncated: { prompts: 0 },
    });
    const cut = tokenizePrompts(tokenizer, all, { ...limited, longPrompts: 'truncate-left' });
    expect(cut.kept.map(({ tokenIds, cutTokens }) => [tokenIds.length, cutTokens])).toEqual([
      [20, 0],
      [20, 1],
      [20, 13],
    ]);
    expect(cut.entry).toMatchObject({ rowsOut: 3, dropped: {}, truncated: { prompts: 2 } });
    const error = await userErrorOf(() => tokenizePrompts(tokenizer, all, { ...limited, longPrompts: 'error' }));
    expect(error.message).toContain('at most 20 tokens in each (maxPromptLength), 2 of 3 have more:');
    expect(error.message).toContain('Raise maxPromptLength, shorten them, or set data.longPrompts to drop or');
  });

  test('is an error under error, which lists five and counts all', async () => {
    const all = prompts('1', ...Array.from({ length: 7 }, (_, at) => digits(50 + at)));
    const tokenizer = await digitTokenizer();
    const error = await userErrorOf(() => tokenizePrompts(tokenizer, all, { ...options, longPrompts: 'error' }));
    expect(error).toMatchInlineSnapshot(`
      {
        "code": "prompts.tooLong",
        "message": "prompts: expected at most 32 tokens in each (context 40, minus 8 new ones), 7 of 8 have more:
        p1: 50 tokens
        p2: 51 tokens
        p3: 52 tokens
        p4: 53 tokens
        p5: 54 tokens
        and 2 more
      Lower sampling.maxNewTokens, shorten them, or set data.longPrompts to drop or truncate-left.",
      }
    `);
  });

  test('is an error under drop when it leaves no prompt', async () => {
    const tokenizer = await digitTokenizer();
    const { code, message } = await userErrorOf(() => tokenizePrompts(tokenizer, prompts(digits(33)), options));
    expect(code).toBe('prompts.tooLong');
    expect(message).toContain('1 of 1 have more:\n  p0: 33 tokens\nLower sampling.maxNewTokens');
  });

  test('is none when the answer alone fills the context', async () => {
    const tokenizer = await digitTokenizer();
    const tokenize = (): unknown => tokenizePrompts(tokenizer, prompts('1'), { ...options, maxNewTokens: 40 });
    expect((await userErrorOf(tokenize)).message).toBe(
      "sampling.maxNewTokens: expected less than the model's context of 40 tokens, got 40. Lower it.",
    );
  });
});

const SHARED = fileURLToPath(new URL('../../../shared/', import.meta.url));
const HH = join(SHARED, 'data/hh-rlhf/harmless-base-test.jsonl.gz');
const MODEL = join(SHARED, 'vectors/trl_trajectory/model');
const skip = existsSync(HH) && existsSync(MODEL) ? '' : ' (skipped: ../shared is absent)';

describe.skipIf(skip)(`the first 64 prompts of HH in a context of 256 tokens${skip}`, () => {
  /** How many exceed the context, and how many fit it and leave no room; counted with transformers 5.18 as well. */
  test.each([
    ['transcript', 1, 6, 0],
    ['transcript', 2, 6, 1],
    ['transcript', 34, 6, 2],
    ['chat', 1, 8, 0],
    ['chat', 20, 8, 0],
  ] as const)('as %s with %i new tokens: %i and %i', async (format, maxNewTokens, exceeding, withoutRoom) => {
    const rows = await readPrompts(HH, { limit: 64 });
    const { kept, dropped } = tokenizePrompts(await loadTokenizer(MODEL), rows, {
      contextLength: 256,
      maxNewTokens,
      longPrompts: 'drop',
      format,
    });
    expect(dropped.filter(({ reason }) => reason === 'exceeds-context')).toHaveLength(exceeding);
    expect(dropped.filter(({ reason }) => reason === 'no-room')).toHaveLength(withoutRoom);
    expect(kept).toHaveLength(64 - exceeding - withoutRoom);
  });
});

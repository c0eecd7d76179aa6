import { readFileSync } from 'node:fs';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { loadTokenizer, renderChat } from '../../datasets/index.ts';
import type { Message } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

interface Expected {
  encode: { text: string; ids: number[]; ids_no_special: number[]; decoded: string }[];
  chat?: { messages: Message[]; text: string; ids: number[] };
}

const GOLDEN = fileURLToPath(new URL('../golden/tokenizers', import.meta.url));
const cases = process.env['NASHTUNE_TOKENIZER_FIXTURES'] ?? GOLDEN;
const expected = Object.entries(
  JSON.parse(readFileSync(join(cases, 'expected.json'), 'utf8')) as Record<string, Expected>,
);

test('there are tokenizers to compare with', () => expect(expected.length).toBeGreaterThan(0));

describe.each(expected)('%s agrees with transformers', (name, { encode, chat }) => {
  const loading = loadTokenizer(join(cases, name));

  test.each(encode)('on $text', async ({ text, ids, ids_no_special, decoded }) => {
    const tokenizer = await loading;
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(ids_no_special);
    expect(tokenizer.decode(ids_no_special)).toBe(decoded);
  });

  if (!chat) return;
  test('on a conversation', async () => {
    const tokenizer = await loading;
    const text = renderChat(tokenizer, chat.messages, { addGenerationPrompt: true });
    expect(text).toBe(chat.text);
    expect(tokenizer.encode(text, { addSpecialTokens: false })).toEqual(chat.ids);
  });
});

describe('a loaded tokenizer', () => {
  async function copyOf(name: string, change: Record<string, string>): Promise<string> {
    const to = await temporaryFolder();
    await cp(join(GOLDEN, name), to, { recursive: true });
    for (const [file, content] of Object.entries(change)) {
      await writeFile(join(to, file), content);
    }
    return to;
  }

  test('knows its size and its special tokens', async () => {
    const { vocabSize, bosTokenId, eosTokenId, padTokenId, specialTokens } = await loadTokenizer(
      join(GOLDEN, 'sentencepiece_bpe'),
    );
    expect({ vocabSize, bosTokenId, eosTokenId, padTokenId }).toEqual({
      vocabSize: 1500,
      bosTokenId: 1,
      eosTokenId: 2,
      padTokenId: 2,
    });
    expect(specialTokens).toEqual({ bos_token: '<s>', eos_token: '</s>', pad_token: '</s>', unk_token: '<unk>' });
  });

  test('has null for special tokens that its config does not name', async () => {
    const { bosTokenId, eosTokenId, chatTemplate } = await loadTokenizer(join(GOLDEN, 'unigram'));
    expect([bosTokenId, eosTokenId, chatTemplate]).toEqual([null, null, null]);
  });

  test('decodes what it encoded, whatever the text', async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, 'bytelevel_bpe'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
      }),
      { seed: 1 },
    );
  });

  test('leaves special tokens out when asked to', async () => {
    const tokenizer = await loadTokenizer(join(GOLDEN, 'bytelevel_bpe'));
    const ids = tokenizer.encode('<|im_start|>hi<|im_end|>');
    expect(tokenizer.decode(ids, { skipSpecialTokens: true })).toBe('hi');
    expect(tokenizer.decode(ids)).toBe('<|im_start|>hi<|im_end|>');
  });

  test('takes special tokens written as objects, and the default of several templates in the config', async () => {
    const path = await copyOf('unigram', {
      'tokenizer_config.json': JSON.stringify({
        eos_token: { content: '[SEP]', special: true },
        chat_template: [
          { name: 'tool_use', template: 'tools' },
          { name: 'default', template: 'plain' },
        ],
      }),
    });
    const tokenizer = await loadTokenizer(path);
    expect(tokenizer.eosTokenId).toBe(2);
    expect(tokenizer.chatTemplate).toBe('plain');
  });

  test('prefers chat_template.jinja to the template in its config', async () => {
    const path = await copyOf('unigram', {
      'tokenizer_config.json': '{"chat_template": "config"}',
      'chat_template.jinja': 'file',
    });
    expect((await loadTokenizer(path)).chatTemplate).toBe('file');
  });

  test('needs tokenizer.json', async () => {
    const folder = await temporaryFolder();
    expect(await userErrorOf(() => loadTokenizer(join(folder, 'nowhere')), folder)).toMatchInlineSnapshot(`
      {
        "code": "input.missing",
        "message": "./nowhere/tokenizer.json: expected a file, found none. Check the path.",
      }
    `);
  });

  test('needs tokenizer_config.json', async () => {
    const path = await temporaryFolder();
    await cp(join(GOLDEN, 'unigram', 'tokenizer.json'), join(path, 'tokenizer.json'));
    const error = await userErrorOf(() => loadTokenizer(path), path);
    expect(error.message).toContain('./tokenizer_config.json: expected a file, found none');
  });

  test('rejects a truncated tokenizer.json', async () => {
    const whole = await readFile(join(GOLDEN, 'unigram', 'tokenizer.json'), 'utf8');
    const path = await copyOf('unigram', { 'tokenizer.json': whole.slice(0, 5000) });
    const error = await userErrorOf(() => loadTokenizer(path), path);
    expect(error.code).toBe('tokenizer.malformed');
    expect(error.message).toMatch(/^\.\/tokenizer\.json: expected JSON, found invalid JSON/);
  });

  test.each([
    ['no model', '{"added_tokens": []}', 'model: Invalid input: expected object, received undefined'],
    [
      'an added token without id',
      '{"model": {}, "added_tokens": [{"content": "x"}]}',
      'added_tokens[0].id: Invalid input: expected number, received undefined',
    ],
    ['a model of unknown kind', '{"model": {"type": "Other"}}', 'found another (Unknown TokenizerModel type: Other).'],
    ['something else', '[1]', '  Invalid input: expected object, received array'],
  ])('rejects a tokenizer.json with %s', async (_, content, problem) => {
    const path = await copyOf('unigram', { 'tokenizer.json': content });
    const error = await userErrorOf(() => loadTokenizer(path), path);
    expect(error.code).toBe('tokenizer.malformed');
    expect(error.message).toContain('./tokenizer.json: expected ');
    expect(error.message).toContain(problem);
  });

  test('rejects an end token that is not in the vocabulary', async () => {
    const path = await copyOf('unigram', { 'tokenizer_config.json': '{"eos_token": "<nope>"}' });
    expect(await userErrorOf(() => loadTokenizer(path), path)).toMatchInlineSnapshot(`
      {
        "code": "tokenizer.specialToken",
        "message": "./tokenizer_config.json: expected "eos_token" to name a token of tokenizer.json, found "<nope>". Add the token to tokenizer.json or name another.",
      }
    `);
  });
});

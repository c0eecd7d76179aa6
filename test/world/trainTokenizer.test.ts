import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Template } from '@huggingface/jinja';
import { Tokenizer } from '@huggingface/tokenizers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { trainingDialogues } from '../../src/world/answers.ts';
import { worldPrompts } from '../../src/world/prompts.ts';
import { trainTokenizer } from '../../src/world/trainTokenizer.ts';
import type { TokenizerFiles } from '../../src/world/trainTokenizer.ts';

const dialogues = trainingDialogues(worldPrompts(1).train, 2000, randomStream(1, 'tokenizer'));
const texts = dialogues.flatMap(({ prompt, answer }) => [prompt, answer]);
const files = trainTokenizer(texts, 1024);
const tokenizer = load(files);

interface TokenizerJson {
  model: { vocab: Record<string, number>; merges: [string, string][]; [key: string]: unknown };
  [key: string]: unknown;
}

function load(from: TokenizerFiles): Tokenizer {
  const config = JSON.parse(from['tokenizer_config.json']) as object;
  return new Tokenizer(JSON.parse(from['tokenizer.json']) as object, config);
}

function parts(json: string) {
  const { model, ...rest } = JSON.parse(json) as TokenizerJson;
  const { vocab, merges, ...settings } = model;
  return { vocab, merges, settings, rest };
}

test('special tokens come first, then the bytes, then one token per merge', () => {
  const { vocab, merges } = parts(files['tokenizer.json']);
  expect([vocab['<|endoftext|>'], vocab['<|im_start|>'], vocab['<|im_end|>'], vocab['!']]).toEqual([0, 1, 2, 3]);
  expect(merges).toHaveLength(1024 - 259);
  expect(merges.map(([left, right]) => vocab[left + right])).toEqual(Array.from(merges, (_, i) => 259 + i));
  expect(Object.values(vocab).sort((a, b) => a - b)).toEqual(Array.from({ length: 1024 }, (_, i) => i));
});

test('the same texts give the same files', () => {
  expect(trainTokenizer(texts, 1024)).toEqual(files);
});

test('encoding and decoding gives back the texts of the world', () => {
  const wrong = texts.slice(0, 500).filter((text) => tokenizer.decode(tokenizer.encode(text).ids) !== text);
  expect(wrong).toEqual([]);
});

test('encoding and decoding gives back any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
      expect(tokenizer.decode(tokenizer.encode(text).ids)).toBe(text);
    }),
    { seed: 1 },
  );
});

test('a word of the world takes hardly more than a token', () => {
  const count = (pick: (text: string) => number): number => texts.reduce((sum, text) => sum + pick(text), 0);
  const pieces = count((text) => text.match(/[\w']+|[^\w\s]/g)?.length ?? 0);
  expect(count((text) => tokenizer.encode(text).ids.length) / pieces).toBeLessThan(1.25);
});

test('a conversation is rendered as ChatML and fits the context', () => {
  const template = new Template(files['chat_template.jinja']);
  const messages = [{ role: 'user', content: ' Hello ' }];
  const rendered = template.render({ messages, add_generation_prompt: true });
  expect(rendered).toBe('<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n');
  const ids: number[] = tokenizer.encode(rendered).ids;
  expect([ids[0], ids.filter((id) => id === 2).length, ids.includes(0)]).toEqual([1, 1, false]);

  const lengths = dialogues.map(({ prompt, answer }) => {
    const conversation = [
      { role: 'user', content: prompt },
      { role: 'assistant', content: answer },
    ];
    return tokenizer.encode(template.render({ messages: conversation })).ids.length;
  });
  expect(Math.max(...lengths)).toBeLessThan(160);
});

test('a vocabulary without room for the bytes is refused', () => {
  expect(() => trainTokenizer(texts, 258)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: trainTokenizer: expected a vocabulary of at least 259 tokens, got 258. Ask for more.]`,
  );
  expect(() => trainTokenizer(texts, 300.5)).toThrow(RangeError);
});

test('few texts give a small vocabulary that still encodes everything', () => {
  const small = trainTokenizer([], 259);
  expect(parts(small['tokenizer.json']).merges).toEqual([]);
  expect(load(small).encode('Hé').ids).toHaveLength(3);
});

const peer = fileURLToPath(new URL('../../../shared/vectors/tokenizers/bytelevel_bpe/', import.meta.url));
const missing = existsSync(peer) ? '' : ` (skipped: no ../shared/vectors beside the repository)`;

describe.skipIf(missing !== '')(`beside a tokenizer trained by Hugging Face${missing}`, () => {
  const read = (name: string): string => readFileSync(peer + name, 'utf8');

  test('all but vocabulary and merges is the same', () => {
    const [ours, theirs] = [parts(files['tokenizer.json']), parts(read('tokenizer.json'))];
    expect([ours.rest, ours.settings]).toEqual([theirs.rest, theirs.settings]);
    expect(files['tokenizer_config.json']).toBe(read('tokenizer_config.json'));
    expect(files['chat_template.jinja']).toBe(read('chat_template.jinja'));
  });

  test('special tokens and bytes have the same ids', () => {
    const fixed = (json: string) => Object.fromEntries(Object.entries(parts(json).vocab).filter(([, id]) => id < 259));
    expect(fixed(files['tokenizer.json'])).toEqual(fixed(read('tokenizer.json')));
  });
});

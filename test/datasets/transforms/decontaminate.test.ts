import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { collectRows, decontaminate, readPairs, recordedTransforms, recordTransform } from '../../../datasets/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const LONG = 'The quick brown fox jumps over the lazy dog, and then it sleeps until the sun comes up.';
const NINE = 'What are the names of the seven hills there?';
const evaluation = (...texts: string[]): { name: string; items: { id: string; text: string }[] } => ({
  name: 'quiz',
  items: texts.map((text, at) => ({ id: `q${at}`, text })),
});

/** Which of the texts stay. */
async function kept(texts: unknown[], against: string[], rule: { ngram?: number; threshold?: number } = {}) {
  const rows = texts.map((text) => ({ text }));
  const stream = decontaminate(rows, { against: evaluation(...against), fields: ['text'], ...rule });
  return (await collectRows(stream)).rows.map((row) => row.text);
}

test('a row with 13 words of an evaluation text in succession is left out, and told with the words', async () => {
  const rows = [
    { id: 'clean', prompt: 'Tell me about foxes.' },
    { id: 'quoted', prompt: `Translate: "${LONG.toUpperCase().replace(',', ' \u2013')}" into French` },
    { id: 'again', prompt: LONG },
  ];
  const against = evaluation('Nothing of this is in any row, whatever they are about, as far as we can see.', LONG);
  const stream = decontaminate(rows, { against, fields: ['prompt'] });
  const { rows: clean, entry } = await collectRows(stream);
  expect(clean).toEqual(rows.slice(0, 1));
  const ngram = 'the quick brown fox jumps over the lazy dog and then it sleeps';
  expect(stream.dropped()).toEqual([
    { id: 'quoted', matched: 'q1', ngram, covered: 1 },
    { id: 'again', matched: 'q1', ngram, covered: 1 },
  ]);
  expect(stream.matches()).toEqual({ q1: 2 });
  expect(entry).toEqual({
    name: 'decontaminate',
    options: {
      against: 'quiz',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      texts: 2,
      fields: ['prompt'],
      ngram: 13,
      threshold: 0,
    },
    rowsIn: 3,
    rowsOut: 1,
    dropped: { contaminated: 2 },
  });
  expect(recordedTransforms(recordTransform({}, entry))).toEqual([entry]);
});

describe('a row is left out', () => {
  test.each([
    ['when 13 words are the same', LONG.split(' ').slice(2, 15).join(' '), [LONG]],
    ['when a message says it', [{ role: 'user', content: `Well, ${LONG}` }], [LONG]],
    ['whatever forms of letters are composed or wide', 'e\u0301te\u0301 \uff21\uff22', ['\u00e9t\u00e9 ab']],
    ['whatever does not show stands between letters', 'e\u200bvery\u00adthing', ['everything']],
    ['when it holds a text of 8 to 12 words whole', `Quiz: ${NINE} Tell me.`, [NINE]],
    ['when all it says is a shorter text', 'who ARE you', ['Who are you?']],
    [
      'when characters in a script without spaces are the same',
      '\u8bf7\u95ee\u4eca\u5929\u5929\u6c14\u600e\u4e48\u6837\u5417\u4f60\u77e5\u9053\u5417\u5440',
      ['\u4eca\u5929\u5929\u6c14\u600e\u4e48\u6837\u5417\u4f60\u77e5\u9053\u5417\u5440'],
    ],
  ])('%s', async (_, text, against) => {
    expect(await kept([text], against)).toEqual([]);
  });

  test.each([
    ['when 12 words are the same', LONG.split(' ').slice(2, 14).join(' '), [LONG]],
    ['when the words come in another order', LONG.split(' ').toReversed().join(' '), [LONG]],
    ['when another word parts them', LONG.replace('it sleeps', 'it never sleeps').replace('brown', 'red'), [LONG]],
    [
      'when two messages share the words',
      [
        { role: 'user', content: LONG.slice(0, 40) },
        { role: 'assistant', content: LONG.slice(40) },
      ],
      [LONG],
    ],
    ['when it holds a text of few words among others', 'who are you to say so', ['Who are you?']],
    ['for words that are the role alone', [{ role: 'user', content: 'Hi' }], ['user']],
    ['for a text without words', '', ['?!']],
    ['when it is null', null, [LONG]],
  ])('not %s', async (_, text, against) => {
    expect(await kept([text], against)).toEqual([text]);
  });
});

test('a threshold asks for a share of the evaluation text: by the rule of Tulu 3 more than half of its words', async () => {
  const words = Array.from({ length: 20 }, (_, at) => `w${at}`);
  const [half, more] = [words.slice(0, 10).join(' '), words.slice(0, 11).join(' ')];
  const rule = { ngram: 8, threshold: 0.5 };
  expect(await kept([half, more], [words.join(' ')], rule)).toEqual([half]);
  expect(await kept([half, more], [words.join(' ')], { ngram: 8 })).toEqual([]);
});

test('of several texts that a row holds, the one it holds most of is told, and all are counted', async () => {
  const [a, b] = [Array.from({ length: 30 }, (_, at) => `a${at}`), Array.from({ length: 14 }, (_, at) => `b${at}`)];
  const against = evaluation(a.join(' '), b.join(' '));
  const rows = [{ text: [...a.slice(0, 14), 'and', ...b].join(' ') }];
  const stream = decontaminate(rows, { against, fields: ['text'] });
  await collectRows(stream);
  expect(stream.dropped()).toEqual([{ id: '1', matched: 'q1', ngram: b.slice(0, 13).join(' '), covered: 1 }]);
  expect(stream.matches()).toEqual({ q0: 1, q1: 1 });
});

const word = fc.constantFrom('a', 'b', 'B.', 'c', '\u00e9', 'e\u0301', '-');
const sentence = fc.array(word, { maxLength: 16 }).map((words) => words.join(' '));

const plain = (text: string): string[] =>
  text.normalize('NFC').toLowerCase().replaceAll(/[.-]/g, '').split(' ').filter(Boolean);
const holds = (text: string[], part: string[]): boolean => ` ${text.join(' ')} `.includes(` ${part.join(' ')} `);

test('what stays is what a comparison of every run of words leaves, and done twice is done once', async () => {
  const property = fc.asyncProperty(
    fc.array(sentence),
    fc.array(sentence, { minLength: 1 }),
    fc.integer({ min: 1, max: 10 }),
    async (texts, against, ngram) => {
      const clean = texts.filter(
        (text) =>
          !against.some((other) => {
            const [own, evaluated] = [plain(text), plain(other)];
            if (evaluated.length < Math.min(ngram, 8))
              return evaluated.length > 0 && own.join(' ') === evaluated.join(' ');
            const length = Math.min(ngram, evaluated.length);
            return evaluated.slice(length - 1).some((_, at) => holds(own, evaluated.slice(at, at + length)));
          }),
      );
      expect(await kept(texts, against, { ngram })).toEqual(clean);
      expect(await kept(clean, against, { ngram })).toEqual(clean);
    },
  );
  await fc.assert(property, { seed: 1, numRuns: 300 });
});

test('wrong options are refused', () => {
  const against = evaluation(LONG);
  const rows = [{ text: 'a' }];
  expect(() => decontaminate(rows, { against, fields: [] })).toThrow('fields must name at least one field');
  expect(() => decontaminate(rows, { against, fields: ['text'], ngram: 0 })).toThrow('ngram must be a whole number');
  expect(() => decontaminate(rows, { against, fields: ['text'], threshold: 1 })).toThrow(
    'decontaminate: threshold must be a share in [0, 1), got 1. Leave it out to drop a row for any shared n-gram.',
  );
  expect(() => decontaminate(rows, { against: evaluation(), fields: ['text'] })).toThrow(
    'decontaminate: against.items must have at least one text, quiz has none. Name another set.',
  );
});

const DATA = fileURLToPath(new URL('../../../../shared/data/', import.meta.url));
const HH = join(DATA, 'hh-rlhf/harmless-base-test.jsonl.gz');
const ALPACA = join(DATA, 'alpaca_eval/alpaca-7b.model_outputs.json');
const skip = existsSync(HH) && existsSync(ALPACA) ? '' : ' (skipped: ../shared is absent)';

test.skipIf(skip)(
  `HH pairs share no 13 words with the 805 prompts of AlpacaEval, save one that was put there${skip}`,
  async () => {
    const outputs = JSON.parse(readFileSync(ALPACA, 'utf8')) as { instruction: string }[];
    const items = outputs.map(({ instruction }, at) => ({ id: String(at), text: instruction }));
    const skipBad = join(await temporaryFolder(), 'bad.jsonl');
    const { pairs } = await readPairs(HH, { limit: 500, skipBad });
    const planted = { ...pairs[0]!, id: 'planted', chosen: `Sure. ${items[700]!.text}` };
    const stream = decontaminate([...pairs, planted], {
      against: { name: 'alpaca_eval', items },
      fields: ['prompt', 'chosen', 'rejected'],
    });
    expect((await collectRows(stream)).rows).toEqual(pairs);
    expect(stream.dropped()).toMatchObject([{ id: 'planted', matched: '700', covered: 1 }]);
  },
);

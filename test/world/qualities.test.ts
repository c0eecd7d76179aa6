import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { QUALITIES, qualities } from '../../src/world/qualities.ts';
import type { Quality } from '../../src/world/qualities.ts';

const PROMPT = 'Please give me two tips for sleeping well for my father.';
const OPENING = 'I am happy to help.';
const LEAD = 'Here are two tips for sleeping well for your father.';
const FIRST = 'First, keep your room dark and cool.';
const SECOND = 'Second, drink no coffee after lunch.';
const CLOSING = 'I hope this helps you.';
const FLAWLESS = { onTopic: 1, complete: 1, polite: 1, concise: 1, noRepetition: 1 };

const score = (...sentences: string[]) => qualities(PROMPT, sentences.join(' '));

test('an answer with everything in its place is flawless', () => {
  expect(score(OPENING, LEAD, FIRST, SECOND, CLOSING)).toEqual(FLAWLESS);
});

describe('one flaw lowers one quality by a known amount', () => {
  const cases: [string, string[], Quality, number][] = [
    [
      'an item on another topic',
      [OPENING, LEAD, FIRST, 'Second, sell the things you never use.', CLOSING],
      'onTopic',
      0.625,
    ],
    [
      'a lead on another topic',
      [OPENING, LEAD.replace('sleeping well', 'saving money'), FIRST, SECOND, CLOSING],
      'onTopic',
      0.875,
    ],
    [
      'a lead for another person',
      [OPENING, LEAD.replace('father', 'teacher'), FIRST, SECOND, CLOSING],
      'onTopic',
      0.875,
    ],
    ['no lead', [OPENING, FIRST, SECOND, CLOSING], 'onTopic', 0.75],
    ['an item too few', [OPENING, LEAD, FIRST, CLOSING], 'complete', 0.5],
    ['an item too many', [OPENING, LEAD, FIRST, SECOND, 'Third, read a calm book in bed.', CLOSING], 'complete', 0.5],
    ['no opening', [LEAD, FIRST, SECOND, CLOSING], 'polite', 0.5],
    ['no closing', [OPENING, LEAD, FIRST, SECOND], 'polite', 0.5],
    ['neither of them', [LEAD, FIRST, SECOND], 'polite', 0],
    ['a rude word', [OPENING, LEAD, FIRST, SECOND, CLOSING, 'Now leave me alone.'], 'polite', 0],
    ['a filler', [OPENING, LEAD, FIRST, 'Let me think for a moment.', SECOND, CLOSING], 'concise', 0.5],
    [
      'two fillers',
      [OPENING, LEAD, 'This is a very big subject.', FIRST, 'Let me think for a moment.', SECOND, CLOSING],
      'concise',
      0,
    ],
    ['a second opening', [OPENING, 'I am glad you asked.', LEAD, FIRST, SECOND, CLOSING], 'concise', 0.5],
    ['a closing too early', [OPENING, LEAD, 'Have a lovely day!', FIRST, SECOND, CLOSING], 'concise', 0.5],
    [
      'a second lead',
      [OPENING, LEAD, 'Let me share two city walks on a rainy day.', FIRST, SECOND, CLOSING],
      'concise',
      0.5,
    ],
    ['a repeated item', [OPENING, LEAD, FIRST, SECOND, FIRST.replace('First', 'Third'), CLOSING], 'noRepetition', 0.5],
    ['a repeated closing', [OPENING, LEAD, FIRST, SECOND, CLOSING, CLOSING], 'noRepetition', 0.5],
  ];

  test.each(cases)('%s', (_, sentences, quality, value) => {
    const expected: Record<Quality, number> = { ...FLAWLESS, [quality]: value };
    expect(score(...sentences)).toEqual(expected);
  });
});

test('listing every fact there is gains nothing: the answer is neither complete nor brief', () => {
  const facts = [
    'go to bed at the same time',
    'put your phone away at night',
    'read a calm book in bed',
    'take a warm bath before bed',
  ];
  const more = [...facts, 'wear soft socks under the blanket', 'breathe slowly and count to ten'].map(
    (fact) => `Also, ${fact}.`,
  );
  const scores = score(OPENING, LEAD, FIRST, SECOND, ...more, CLOSING);
  expect(scores.complete).toBe(0);
  expect(scores.concise).toBeLessThan(0.7);
});

test('a word said twice in a row is a repetition', () => {
  expect(score(OPENING, LEAD, FIRST.replace('dark', 'dark dark'), SECOND, CLOSING).noRepetition).toBeLessThan(0.95);
});

describe('what is no answer scores low', () => {
  const all = [OPENING, LEAD, FIRST, SECOND, CLOSING].join(' ');
  const words = all.replace(/[.,]/g, '').split(' ');
  test.each([
    ['nothing', ''],
    ['punctuation', ' . ,, !'],
    ['one word over and over', 'tomatoes '.repeat(40)],
    ['word salad of a good answer', words.toReversed().join(' ')],
    ['the words of a good answer, one to a sentence', words.join('. ')],
    ['the prompt said again', PROMPT],
    ['bytes', '\u0000\ufffd\ud83d Ġthe Ċ'],
    ['another language', 'Guten Tag! Gern helfe ich Ihnen.'],
  ])('%s', (_, text) => {
    const scores = qualities(PROMPT, text);
    expect(Object.values(scores).filter((value) => value > 0)).toEqual([]);
  });

  test('a courteous frame without items has no more than a lead, brevity and no repetition to its credit', () => {
    expect(score(OPENING, LEAD, CLOSING)).toEqual({
      onTopic: 0.25,
      complete: 0,
      polite: 0,
      concise: 0,
      noRepetition: 1,
    });
  });

  test('broken sentences among good ones cost topic, brevity and more', () => {
    const scores = score(OPENING, LEAD, FIRST, SECOND, 'Third, the of dark rice to under.', CLOSING);
    expect(scores.onTopic).toBeCloseTo(0.75, 12);
    expect(scores.concise).toBeLessThan(0.85);
    expect(scores.noRepetition).toBeLessThan(0.85);
  });
});

test('a prompt from outside the world has no topic to be on and no count to meet', () => {
  const scores = qualities('How tall is the Eiffel Tower?', [OPENING, LEAD, FIRST, SECOND, CLOSING].join(' '));
  expect(scores).toEqual({ ...FLAWLESS, onTopic: 0, complete: 0 });
});

test('any text is scored within [0, 1] in every quality', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(OPENING, LEAD, FIRST, SECOND, CLOSING, 'two', '. '),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.oneof(fc.constant(PROMPT), fc.string()), (pieces, prompt) => {
      const scores = qualities(prompt, pieces.join(' '));
      expect(Object.keys(scores)).toEqual([...QUALITIES]);
      for (const value of Object.values(scores)) expect(value >= 0 && value <= 1).toBe(true);
    }),
    { seed: 1 },
  );
});

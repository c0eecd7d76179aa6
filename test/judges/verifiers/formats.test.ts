import { describe, expect, test } from 'vitest';

import { createJsonSchemaVerifier } from '../../../src/judges/verifiers/jsonSchema.ts';
import { createLanguageVerifier } from '../../../src/judges/verifiers/language.ts';
import { createLengthVerifier } from '../../../src/judges/verifiers/length.ts';
import { createRegexVerifier } from '../../../src/judges/verifiers/regex.ts';
import { createRepetitionVerifier } from '../../../src/judges/verifiers/repetition.ts';
import { scoresOf } from './scoresOf.ts';

test('a regular expression is looked for anew in each answer', async () => {
  expect(await scoresOf(createRegexVerifier(/^yes/gi), 'Yes, yes', 'yes', 'no, yes')).toEqual([1, 1, 0]);
});

describe('the JSON verifier', () => {
  test('takes JSON that follows the schema, bare or in a code fence', async () => {
    const judge = createJsonSchemaVerifier({
      type: 'object',
      required: ['name'],
      properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
    });
    const good = '{"name": "Ann", "age": 3}';
    const answers = [
      good,
      `\`\`\`json\n${good}\n\`\`\``,
      '{"name": 1}',
      '{"name": "x", "age": -1}',
      `Sure: ${good}`,
      '',
    ];
    expect(await scoresOf(judge, ...answers)).toEqual([1, 1, 0, 0, 0, 0]);
  });

  test('refuses what is no schema', () => {
    expect(() => createJsonSchemaVerifier({ type: 'nonsense' })).toThrow(
      expect.objectContaining({ name: 'UserError', code: 'judge.jsonSchema' }),
    );
  });
});

test('length is judged by words or characters, and less the farther off', async () => {
  const words = createLengthVerifier({ min: 2, max: 4 });
  expect(await scoresOf(words, 'one two', 'a, b, c; d!', 'one', 'a b c d e', 'a b c d e f g h i', '')).toEqual([
    1, 1, 0.5, 0.75, 0, 0,
  ]);
  expect(await scoresOf(createLengthVerifier({ max: 2, unit: 'characters' }), '🙂🙂', '🙂🙂🙂')).toEqual([1, 0.5]);
  expect(() => createLengthVerifier({ min: 3, max: 2 })).toThrow(RangeError);
});

test('repetition is the share of runs of words that came before', async () => {
  const judge = createRepetitionVerifier({ n: 2 });
  // a b, b a, a b, b a, a b: two of five are different.
  expect(await scoresOf(judge, 'a b A b a b', 'all words here differ', 'one', '')).toEqual([0.4, 1, 1, 1]);
  expect(() => createRepetitionVerifier({ n: 0 })).toThrow(RangeError);
});

describe('the language verifier', () => {
  test('tells languages, and has an error for a text too short', async () => {
    const judge = createLanguageVerifier({ language: 'deu' });
    const german = 'Der schnelle braune Fuchs springt über den faulen Hund und läuft davon.';
    const english = 'The quick brown fox jumps over the lazy dog and runs away from it.';
    expect(await scoresOf(judge, german, english, 'この文章は日本語で書かれています', 'ok')).toEqual([
      1,
      0,
      0,
      'too short to tell the language',
    ]);
    const japanese = createLanguageVerifier({ language: 'jpn', among: ['eng', 'deu'] });
    expect(await scoresOf(japanese, 'この文章は日本語で書かれています', english)).toEqual([1, 0]);
  });

  test('refuses a code that it does not know', () => {
    expect(() => createLanguageVerifier({ language: 'de', among: ['xx'] })).toThrow(/found "de", "xx"/);
  });
});

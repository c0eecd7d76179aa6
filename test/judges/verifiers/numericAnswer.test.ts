import { existsSync, readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { answerNumber } from '../../../src/judges/verifiers/answerNumber.ts';
import { finalAnswer } from '../../../src/judges/verifiers/finalAnswer.ts';
import { createNumericAnswerVerifier } from '../../../src/judges/verifiers/numericAnswer.ts';
import { scoresOf } from './scoresOf.ts';

describe('the final answer of a solution', () => {
  test.each([
    ['2 + 2 = 4\n#### 4', '4'],
    ['#### 3\nno, wait\n#### 5\nDone.', '5'],
    ['so \\boxed{\\frac{1}{2}} it is', '\\frac{1}{2}'],
    ['#### 3, that is \\boxed{7}', '7'],
    ['\\boxed{never closed', undefined],
    ['just 4', undefined],
  ])('of %j is %j', (text, expected) => expect(finalAnswer(text)).toBe(expected));
});

describe('the number of an answer', () => {
  test.each([
    ['42', 42],
    ['$1,234.50', 1234.5],
    ['70,000 dollars', 70_000],
    ['-3', -3],
    ['−3', -3],
    ['.5', 0.5],
    ['3/4', 0.75],
    ['-\\frac{3}{4}', -0.75],
    ['18 \\text{ eggs}', 18],
    ['2e3', 2000],
    ['1.', 1],
    ['between 3 and 4', undefined],
    ['none', undefined],
  ])('%j is %j', (text, expected) => expect(answerNumber(text)).toBe(expected));
});

describe('the numeric verifier', () => {
  test('compares final numbers, else the last one, within the tolerance', async () => {
    const judge = createNumericAnswerVerifier({ expected: () => '6 * 7 = 42\n#### 42' });
    const answers = ['#### 42', 'It is $42.00.', 'x = 6-7, so 42', '#### 41', 'first 42, then 1', 'no idea', ''];
    expect(await scoresOf(judge, ...answers)).toEqual([1, 1, 1, 0, 0, 0, 0]);
    const loose = createNumericAnswerVerifier({ expected: () => '100', tolerance: 0.01 });
    expect(await scoresOf(loose, '101', '102')).toEqual([1, 0]);
    expect(await scoresOf(createNumericAnswerVerifier({ expected: () => '0' }), '0', '0.1')).toEqual([1, 0]);
  });

  test('has an error where the reference is missing or no number', async () => {
    expect(await scoresOf(createNumericAnswerVerifier({ expected: () => undefined }), '1')).toEqual([
      'no number in the reference null',
    ]);
    expect(await scoresOf(createNumericAnswerVerifier({ expected: () => 'many' }), '1')).toEqual([
      'no number in the reference "many"',
    ]);
  });
});

const GSM8K = new URL('../../../../shared/data/gsm8k/test.jsonl', import.meta.url);
const skip = existsSync(GSM8K) ? '' : ' (skipped: ../shared/data/gsm8k is absent)';

describe.skipIf(skip !== '')('on GSM8K', () => {
  test(`every solution is right by itself and wrong for the next problem with another number${skip}`, async () => {
    const rows = readFileSync(GSM8K, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { answer: string });
    const numbers = rows.map(({ answer }) => answerNumber(finalAnswer(answer)!)!);
    expect(numbers).toHaveLength(1319);
    expect(numbers.every(Number.isFinite)).toBe(true);
    const judge = createNumericAnswerVerifier({ expected: ({ id }) => rows[Number(id)]!.answer });
    const right = await scoresOf(judge, ...rows.map(({ answer }) => answer));
    expect(right.every((score) => score === 1)).toBe(true);
    const boxed = await scoresOf(judge, ...numbers.map((n) => `Thus $\\boxed{${n.toLocaleString('en-US')}}$.`));
    expect(boxed.every((score) => score === 1)).toBe(true);
    const shifted = await scoresOf(judge, ...rows.map((_, i) => rows[(i + 1) % rows.length]!.answer));
    expect(shifted).toEqual(numbers.map((n, i) => Number(n === numbers[(i + 1) % numbers.length])));
  });
});

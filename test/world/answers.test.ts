import { describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';
import { FLAW_RATES, composeAnswer, goodAnswer, trainingAnswer, trainingDialogues } from '../../src/world/answers.ts';
import { promptText, worldPrompts } from '../../src/world/prompts.ts';
import { QUALITIES, qualities } from '../../src/world/qualities.ts';
import type { Quality } from '../../src/world/qualities.ts';
import { wordsOf } from '../../src/world/sentences.ts';

const { train, heldOut } = worldPrompts(1);
const prompts = heldOut.map(promptText);
const flawed = (quality: Quality) => (score: Record<Quality, number>) => score[quality] < 1;

test('the same stream gives the same answers, another one others', () => {
  const draw = (seed: number) => trainingDialogues(train, 50, randomStream(seed, 'answers'));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('a training answer reads like this', () => {
  const random = randomStream(7, 'example');
  expect(trainingDialogues(train, 2, random)).toMatchInlineSnapshot(`
    [
      {
        "answer": "Certainly, here you are! Let me share three points on how bees make honey for a busy student. First, a dance shows where flowers grow. Have a lovely day!",
        "prompt": "Write down three points on how bees make honey for a busy student.",
      },
      {
        "answer": "Certainly, here you are! I would suggest two points on how bees make honey for your grandmother. First, walk to work on dry days. There is so much to say here. This is a very big subject. Second, write down all that you spend. Let me know how it goes.",
        "prompt": "Help me find two points on how bees make honey for my neighbor.",
      },
    ]
  `);
  expect(goodAnswer('Please give me two rice dishes in winter.', random)).toMatchInlineSnapshot(
    `"I am happy to help. You may like these two rice dishes in winter. Above all, mix rice with sweet corn. Also, bake rice with cheese on top. Let me know how it goes."`,
  );
});

test('a good answer scores 1 in every quality', () => {
  const random = randomStream(1, 'good');
  const flawed = prompts
    .map((prompt) => ({ prompt, answer: goodAnswer(prompt, random) }))
    .filter(({ prompt, answer }) => Object.values(qualities(prompt, answer)).some((score) => score !== 1));
  expect(flawed).toEqual([]);
});

describe.each(QUALITIES)('an answer that lacks %s', (lacking) => {
  const random = randomStream(1, 'flawed', lacking);
  const scores = prompts.map((prompt) => qualities(prompt, composeAnswer(prompt, [lacking], random)));

  test('scores below 1 in it', () => {
    expect(scores.filter((score) => score[lacking] > 0.67)).toEqual([]);
  });

  test('scores 1 in every other quality', () => {
    const others = QUALITIES.filter((quality) => quality !== lacking);
    expect(scores.filter((score) => others.some((quality) => score[quality] !== 1))).toEqual([]);
  });
});

test('an answer that lacks everything is below 1 everywhere', () => {
  const random = randomStream(1, 'worst');
  const good = prompts.filter((prompt) => {
    const scores = qualities(prompt, composeAnswer(prompt, QUALITIES, random));
    return Object.values(scores).some((score) => score === 1);
  });
  expect(good).toEqual([]);
});

describe('in 4,000 training dialogues', () => {
  const dialogues = trainingDialogues(train, 4000, randomStream(3, 'mixture'));
  const scores = dialogues.map(({ prompt, answer }) => qualities(prompt, answer));
  const share = (holds: (score: (typeof scores)[number]) => boolean): number =>
    scores.filter(holds).length / scores.length;

  test('each quality is lacking as often as it should be', () => {
    for (const quality of QUALITIES) expect(Math.abs(share(flawed(quality)) - FLAW_RATES[quality])).toBeLessThan(0.03);
  });

  test('any two qualities are lacking independently of one another', () => {
    for (const a of QUALITIES) {
      for (const b of QUALITIES.filter((other) => other > a)) {
        const both = share((score) => flawed(a)(score) && flawed(b)(score));
        expect(Math.abs(both - FLAW_RATES[a] * FLAW_RATES[b]), `${a}, ${b}`).toBeLessThan(0.03);
      }
    }
  });

  test('an answer has 8 to 60 words, and hardly one more than 55', () => {
    const lengths = dialogues.map(({ answer }) => wordsOf(answer).length);
    expect(Math.min(...lengths)).toBeGreaterThanOrEqual(8);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(60);
    expect(lengths.filter((length) => length > 55).length / lengths.length).toBeLessThan(0.01);
  });

  test('good answers to held-out prompts are not among them', () => {
    const known = new Set(dialogues.map(({ answer }) => answer));
    const random = randomStream(4, 'novel');
    expect(prompts.filter((prompt) => known.has(goodAnswer(prompt, random))).length).toBe(0);
  });
});

test('a prompt from outside the world is refused', () => {
  const random = randomStream(1, 'refused');
  expect(() => trainingAnswer('Hi "there"', random)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: composeAnswer: expected a prompt of worldPrompts(), got "Hi \\"there\\"".]`,
  );
  expect(() => composeAnswer('', [], random)).toThrow(RangeError);
});

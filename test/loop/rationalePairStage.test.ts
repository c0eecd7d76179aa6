import { readArrowFile, type PreferencePair } from 'nashtune/datasets';
import { readRationale } from 'nashtune/judges';
import { rationalePairStage, rationaleQuestions } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';
import { inLoop, promptRow, sampleRow } from './loopFixtures.ts';

const TEXTS = {
  p: ['Both try. [[B]]', 'I like [[B]] but no: [[A]]', 'no verdict'],
  q: ['[[B]]', 'nothing'],
  r: ['[[A]]', '[[A]]'],
  s: ['nothing', '<think>[[A]]</think> so [[C]]'],
};
const samples = Object.entries(TEXTS).flatMap(([id, texts]) => texts.map((text, k) => sampleRow(id, k, text)));
const rows = Object.keys(TEXTS).map(promptRow);

test.each([
  ['[[A]]', 1],
  ['first [[A]], then [[B]].', 0],
  ['<think>[[A]]</think>', undefined],
  ['A is better', undefined],
  ['', undefined],
])('the verdict of %j is %s', (text, verdict) => {
  expect(readRationale(text)).toBe(verdict);
});

test('a right rationale is preferred to a wrong one, to one without a verdict where none is wrong, and else there is no pair', async () => {
  const verdicts = new Map<string, 0 | 1>([
    ['p', 1],
    ['q', 0],
    ['r', 1],
    ['s', 1],
  ]);
  const folder = await temporaryFolder();
  await inLoop(folder, async (loop) => {
    const pairs = await rationalePairStage(loop, 1, { rows, verdicts, samples });
    expect(pairs.map(({ chosen_sample_id, rejected_sample_id }) => [chosen_sample_id, rejected_sample_id])).toEqual([
      ['p/1/1', 'p/1/0'],
      ['q/1/0', 'q/1/1'],
    ]);
    expect(pairs[0]).toMatchObject({
      prompt: rows[0]!.messages,
      p_chosen: 1 / 3,
      provenance: 'right and wrong verdict',
    });
    expect(await readArrowFile(loop.run.stagePath(1, 'pairs.arrow'), 'pairs')).toEqual(pairs);
    // Read back, not made again.
    expect(await rationalePairStage(loop, 1, { rows, verdicts, samples: [] })).toEqual(pairs);
  });
});

test('without any pair, the verdicts are counted and nothing is written', async () => {
  const folder = await temporaryFolder();
  await inLoop(folder, async (loop) => {
    const verdicts = new Map<string, 0 | 1>([['s', 1]]);
    const none = samples.filter(({ prompt_id: id }) => id === 's');
    const { code, message } = await userErrorOf(() => rationalePairStage(loop, 1, { rows, verdicts, samples: none }));
    expect(code).toBe('train.noPairs');
    expect(message).toContain('of 2, 0 end in the right verdict, 0 in the wrong one and 2 in none');
    expect(loop.run.has('round-01/pairs.arrow')).toBe(false);
  });
});

test('questions show the better answer first in about half of the cases, and leave out ties', () => {
  const pairs = Array.from({ length: 200 }, (_, i): PreferencePair => {
    const chosenProbability = i === 0 ? 0.5 : i === 1 ? 0.2 : 1;
    return { id: `${i}`, prompt: [{ role: 'user', content: 'Q' }], chosen: 'GOOD', rejected: 'BAD', chosenProbability };
  });
  const { rows: questions, verdicts } = rationaleQuestions(pairs, 1);
  expect(questions).toHaveLength(199);
  const first = [...verdicts.values()].filter((verdict) => verdict === 1).length;
  expect(first).toBeGreaterThan(75);
  expect(first).toBeLessThan(125);
  for (const { id, messages } of questions) {
    const text = messages.at(-1)!.content;
    const isGoodFirst = text.indexOf('GOOD') < text.indexOf('BAD');
    // A label below one half says that the answer called rejected is the better one.
    expect(verdicts.get(id)).toBe(Number(isGoodFirst === (id !== '1')));
  }
});

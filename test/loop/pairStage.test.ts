import { pairStage } from 'nashtune/loop';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { inLoop, judgmentRow, promptRow, sampleRow } from './loopFixtures.ts';

const prompts = [promptRow('x'), promptRow('y')];
const samples = [
  sampleRow('x', 0, 'middling'),
  sampleRow('x', 1, 'good'),
  sampleRow('x', 2, 'bad'),
  sampleRow('y', 0, 'same'),
  sampleRow('y', 1, 'same'),
];
const judgments = [
  judgmentRow('x', 0, 1, 0.2),
  judgmentRow('x', 0, 2, 0.9),
  judgmentRow('x', 1, 2, 0.95),
  judgmentRow('y', 0, 1, 0.5),
];

test('the best and the worst answer become a pair with their win rates; equal texts give none', async () => {
  const pairs = await inLoop(await temporaryFolder(), (loop) => pairStage(loop, 1, { prompts, samples, judgments }));
  expect(pairs).toHaveLength(1);
  expect(pairs[0]).toMatchObject({
    prompt_id: 'x',
    chosen: 'good',
    rejected: 'bad',
    chosen_sample_id: 'x/1/1',
    rejected_sample_id: 'x/1/2',
    p_chosen_beats_rejected: 0.95,
    round: 1,
  });
  expect(pairs[0]!.p_chosen).toBeCloseTo((0.8 + 0.5 + 0.95) / 3, 12);
  expect(pairs[0]!.p_rejected).toBeCloseTo((0.1 + 0.05 + 0.5) / 3, 12);
});

test('permuted labels deal the same win rates to other answers', async () => {
  const answers = Array.from({ length: 40 }, (_, n) => promptRow(`p${n}`));
  const many = answers.flatMap(({ id }) => [0, 1, 2].map((k) => sampleRow(id, k, `answer ${k}`)));
  const judged = answers.flatMap(({ id }) => [
    judgmentRow(id, 0, 1, 0.9),
    judgmentRow(id, 0, 2, 0.95),
    judgmentRow(id, 1, 2, 0.8),
  ]);
  const pairs = await inLoop(await temporaryFolder(), (loop) =>
    pairStage(loop, 1, { prompts: answers, samples: many, judgments: judged, permuteLabels: true }),
  );
  const best = pairs.map(({ chosen }) => chosen);
  expect(new Set(best).size).toBe(3);
  expect(best.filter((text) => text === 'answer 0').length).toBeLessThan(25);
  for (const pair of pairs) expect(pair.p_chosen).toBeCloseTo((0.5 + 0.9 + 0.95) / 3, 12);
});

test('a pair file that is there is read, not made again', async () => {
  const path = await temporaryFolder();
  const first = await inLoop(path, (loop) => pairStage(loop, 1, { prompts, samples, judgments }));
  const again = await inLoop(path, (loop) => pairStage(loop, 1, { prompts, samples: [], judgments: [] }), true);
  expect(again).toEqual(first);
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeArrowFile, type SampleRow } from 'nashtune/datasets';
import { composeAnswer, goodAnswer, shippedPrompts, winRate, worldRandom } from 'nashtune/world';
import { expect, test } from 'vitest';

import { readWorldRounds } from '../../../bench/world/readWorldRounds.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const sample = (prompt: string, text: string): SampleRow => ({
  id: `${prompt}/1/0`,
  prompt_id: prompt,
  k: 0,
  text,
  prompt_token_ids: [1],
  token_ids: [2],
  token_logps: [-1],
  finish_reason: 'stop',
  policy_hash: 'h',
  sampler: 's',
});

test('wins are counted by the hidden rule, prompt by prompt, beside what the run measured', async () => {
  const folder = await temporaryFolder();
  const random = worldRandom(1, 'test');
  const asked = shippedPrompts().heldOut.slice(0, 4);
  const rows = asked.map(({ id, messages }) => ({ id, prompt: messages[0]!.content }));
  const heldOut = join(folder, 'held-out.jsonl');
  await writeFile(heldOut, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const good = rows.map(({ id, prompt }) => sample(id, goodAnswer(prompt, random)));
  const rude = rows.map(({ id, prompt }) => sample(id, composeAnswer(prompt, ['polite', 'complete'], random)));
  await writeArrowFile(join(folder, 'round-01/baseline.arrow'), 'samples', rude);
  // As a sampler may leave them: in another order than the prompts.
  await writeArrowFile(join(folder, 'round-01/evaluation.arrow'), 'samples', [...good.slice(1), rude[0]!]);
  await writeArrowFile(join(folder, 'round-02/evaluation.arrow'), 'samples', good);
  const measured = { judgeWinRate: 0.5, low: 0.2, high: 0.8, judged: 4, klToBase: 1.5, answerTokens: 40 };
  await writeFile(
    join(folder, 'run.json'),
    JSON.stringify({
      rounds: [
        { round: 1, measured },
        { round: 2, measured },
      ],
    }),
  );
  const timings = [
    { round: 1, stage: 'samples', seconds: 2 },
    { round: 1, stage: 'train', seconds: 3 },
    { round: 2, stage: 'trainSteps', tokens: 9 },
    { round: 2, stage: 'train', seconds: 4 },
  ];
  await writeFile(join(folder, 'timings.jsonl'), timings.map((row) => `${JSON.stringify(row)}\n`).join(''));

  const [first, second, ...others] = await readWorldRounds(folder, heldOut);
  expect(first!.winRate).toEqual(winRate([0.5, 1, 1, 1]));
  expect(second!.winRate).toEqual(winRate([1, 1, 1, 1]));
  expect(second).toMatchObject({ judgeWinRate: { rate: 0.5, low: 0.2, count: 4 }, klToBase: 1.5, answerTokens: 40 });
  expect([first!.seconds, second!.seconds]).toEqual([5, 4]);
  expect(others).toEqual([]);
});

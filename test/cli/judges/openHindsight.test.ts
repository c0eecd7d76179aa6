import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowFile } from '../../../datasets/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { completion, startApiServer } from '../../judges/llm/apiServer.ts';
import { runMain } from '../runMain.ts';

const ROWS = [
  { id: 'camera', prompt: 'Does it record 8K?', chosen: 'Yes, everything!', rejected: 'No, only 4K.' },
  { id: 'phone', prompt: 'Is it waterproof?', chosen: 'Yes, to 30 m.', rejected: 'No, not at all.' },
];

test('a judge in hindsight is compared with itself at once, and a second run asks nothing', async () => {
  // A model that likes to hear yes, unless it is told that somebody regrets.
  const { baseURL, questions } = await startApiServer(({ messages }) => {
    const [system, user] = messages.map(({ content }) => content) as [string, string];
    if (system.includes('how it turns out'))
      return completion(user.includes('everything') ? 'Regrets it.' : 'Is happy.');
    const yesFirst = user.indexOf('Yes') < user.indexOf('No, ');
    return completion(yesFirst === user.includes('Regrets') ? '[[B]]' : '[[A]]');
  });
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'pairs.jsonl'), ROWS.map((row) => JSON.stringify(row)).join('\n'));
  const input = ['--pairs', join(folder, 'pairs.jsonl'), '--base-url', baseURL, '--hindsight', 'openai:tiny'];
  const run = (out: string, ...more: string[]) =>
    runMain(['judge', '--judge', 'openai/mt-bench:tiny', ...input, '--out', join(folder, out), ...more]);
  const { stdout } = await run('1.arrow', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    judge: expect.stringMatching(/^hindsight\(mt-bench-pair\(tiny\)/),
    failed: 0,
    hindsight: { comparisons: 2, flips: 0.5, winRate: { immediate: 1, hindsight: 0.5 } },
  });
  const rows = await readArrowFile(join(folder, '1.arrow'), 'judgments');
  expect(rows.map(({ p_i_beats_j }) => p_i_beats_j)).toEqual([0, 1]);
  // Four outcomes, then two orders of two pairs, in hindsight and at once.
  expect(questions).toHaveLength(4 + 4 + 4);
  const second = await run('2.arrow');
  expect(second.stdout).toContain(
    'hindsight turns the winner of 50.0% of 2 comparisons; the first answer wins 100.0% at once and 50.0% in hindsight\n',
  );
  expect(questions).toHaveLength(12);
});

test('what imagines outcomes must be a language model', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'pairs.jsonl'), JSON.stringify(ROWS[0]));
  const argv = ['judge', '--judge', 'verifier:repetition', '--pairs', join(folder, 'pairs.jsonl')];
  const { exitCode, stderr } = await runMain([...argv, '--out', join(folder, 'o.arrow'), '--hindsight', 'default']);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('--hindsight: expected openai:<model> or policy:<folder>, found "default".');
});

import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowFile, writeArrowFile, type SampleRow } from '../../../datasets/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { completion, failure, startApiServer } from '../../judges/llm/apiServer.ts';
import { runMain } from '../runMain.ts';

const ROWS = [
  { id: 'p', prompt: 'Say thanks.', chosen: 'Thank you very much.', rejected: 'No.' },
  { id: 'q', prompt: 'Say no.', chosen: 'No.', rejected: 'Thank you, and yes.' },
];

function lines(rows: readonly object[]): string {
  return rows.map((row) => JSON.stringify(row)).join('\n');
}

/** A folder with pairs, prompts and samples: three answers to `p`, the others as given. */
async function folderOf(answers: Record<string, string[]> = { p: ['a b c', 'a', 'a'] }): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'pairs.jsonl'), lines(ROWS));
  await writeFile(join(folder, 'prompts.jsonl'), lines(ROWS.map(({ id, prompt }) => ({ id, prompt }))));
  const samples = Object.entries(answers).flatMap(([prompt_id, texts]) =>
    texts.map((text, k): SampleRow => ({
      id: `${prompt_id}/${k}`,
      prompt_id,
      k,
      text,
      prompt_token_ids: [1],
      token_ids: [2],
      token_logps: [-1],
      finish_reason: 'stop',
      policy_hash: 'x',
      sampler: 'y',
    })),
  );
  await writeArrowFile(join(folder, 'samples.arrow'), 'samples', samples);
  return folder;
}

test('all answers to a prompt are compared and scored, equal ones tie', async () => {
  const folder = await folderOf();
  const at = (name: string): string => join(folder, name);
  const input = ['--samples', at('samples.arrow'), '--prompts', at('prompts.jsonl'), '--out', at('judgments.arrow')];
  const { exitCode, stdout } = await runMain(['judge', '--judge', 'verifier:length:4-', ...input]);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^3 comparisons in \d+\.\d s: 1 ties, 0 failed\n/);
  const judgments = await readArrowFile(at('judgments.arrow'), 'judgments');
  expect(judgments.map(({ prompt_id, i, j, p_i_beats_j, error }) => [prompt_id, i, j, p_i_beats_j, error])).toEqual([
    ['p', 0, 1, 1, null],
    ['p', 0, 2, 1, null],
    ['p', 1, 2, 0.5, null],
  ]);
  expect((await readArrowFile(at('scores.arrow'), 'scores')).map(({ k, score }) => [k, score])).toEqual([
    [0, 0.75],
    [1, 0.25],
    [2, 0.25],
  ]);
});

test('the shipped judge judges pairs, chosen against rejected', async () => {
  const folder = await folderOf();
  const out = join(folder, 'judgments.arrow');
  const { exitCode, stdout } = await runMain(['judge', '--pairs', join(folder, 'pairs.jsonl'), '--out', out, '--json']);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ comparisons: 2, failed: 0, scores: null, out });
  const [first] = await readArrowFile(out, 'judgments');
  expect(first).toMatchObject({ prompt_id: 'p', i: 0, j: 1, judge_id: expect.stringMatching(/^preference-model:/) });
});

test('a second run asks nothing; errors are asked again, and are no ties', async () => {
  let broken = true;
  const { baseURL, questions } = await startApiServer(({ messages }) =>
    broken && JSON.stringify(messages).includes('Say no.')
      ? failure(400, { message: 'refused', code: 'content_filter' })
      : completion('m', { m: Math.log(0.8), M: Math.log(0.2) }),
  );
  const folder = await folderOf();
  const options = [
    '--base-url',
    baseURL,
    '--pairs',
    join(folder, 'pairs.jsonl'),
    '--price-in',
    '1',
    '--price-out',
    '10',
  ];
  const run = (out: string) =>
    runMain(['judge', '--judge', 'openai:tiny', ...options, '--out', join(folder, out), '--json']);
  expect(JSON.parse((await run('1.arrow')).stdout)).toMatchObject({ comparisons: 2, ties: 1, failed: 1 });
  const [good, bad] = await readArrowFile(join(folder, '1.arrow'), 'judgments');
  expect([good!.p_i_beats_j, bad!.p_i_beats_j]).toEqual([0.5, null]);
  expect(bad!.error).toContain('refused');

  broken = false;
  const asked = questions.length;
  const { cost } = JSON.parse((await run('2.arrow')).stdout) as { cost: { dollars: number } };
  expect(questions.length - asked).toBe(2);
  expect(cost.dollars).toBeCloseTo((2 * (10 + 2 * 10)) / 1e6, 12);
  expect(JSON.parse((await run('3.arrow')).stdout)).toMatchObject({ failed: 0, cost: { seconds: 0 } });
  expect(questions.length - asked).toBe(2);
});

test('more failures than --max-failed stop with nothing written; what was judged is not asked again', async () => {
  const { baseURL, questions } = await startApiServer(({ messages }) =>
    JSON.stringify(messages).includes('Say no.')
      ? failure(400, { message: 'refused', code: 'content_filter' })
      : completion('m', { m: Math.log(0.8), M: Math.log(0.2) }),
  );
  const folder = await folderOf();
  const out = join(folder, 'judgments.arrow');
  const argv = ['judge', '--judge', 'openai:tiny', '--base-url', baseURL, '--pairs', join(folder, 'pairs.jsonl')];
  const run = (share: string) => runMain([...argv, '--out', out, '--max-failed', share]);
  const { exitCode, stderr } = await run('0.3');
  expect(exitCode).toBe(2);
  expect(stderr).toMatch(/The judge failed on 1 of 2 questions; a share of 0\.3 may fail:\n {2}1 times: .*refused/);
  expect(stderr).toContain('Mend the judge or the data, or raise --max-failed.');
  expect(existsSync(out)).toBe(false);
  const asked = questions.length;
  expect((await run('0.5')).exitCode).toBe(0);
  expect(questions.slice(asked).every(({ messages }) => JSON.stringify(messages).includes('Say no.'))).toBe(true);
  expect((await run('2')).stderr).toContain('--max-failed: expected a share from 0 to 1, got 2.');
});

test('nothing is written when all comparisons fail', async () => {
  const folder = await folderOf();
  const out = join(folder, 'judgments.arrow');
  const argv = ['judge', '--judge', 'verifier:numeric:none', '--pairs', join(folder, 'pairs.jsonl'), '--out', out];
  const { exitCode, stderr } = await runMain(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('The judge failed on all 4 questions:\n  4 times: no number in the reference "none"');
  expect([existsSync(out), existsSync(join(folder, 'scores.arrow'))]).toEqual([false, false]);
});

test.each([
  ['one answer to each prompt', { p: ['a'], q: ['b'] }, 'expected several answers to a prompt, found one to each of 2'],
  ['prompts that are not there', { r: ['a', 'b'] }, 'found none of these ids:\n  r\n'],
])('samples with %s are refused', async (_, answers, message) => {
  const folder = await folderOf(answers);
  const input = ['--samples', join(folder, 'samples.arrow'), '--prompts', join(folder, 'prompts.jsonl')];
  const argv = ['judge', '--judge', 'verifier:repetition', ...input, '--out', join(folder, 'out.arrow')];
  const { exitCode, stderr } = await runMain(argv);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test.each([
  [[], 'Expected --pairs or --samples, one of them.'],
  [['--pairs', 'a', '--samples', 'b'], 'Expected --pairs or --samples, one of them.'],
  [['--samples', 'b'], '--samples needs --prompts'],
  [['--pairs', 'a', '--limit', '0.5'], '--limit: expected a whole number of at least 1, got 0.5.'],
])('%j is refused', async (options, message) => {
  const out = join(await temporaryFolder(), 'out.arrow');
  const { exitCode, stderr } = await runMain(['judge', ...options, '--out', out]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

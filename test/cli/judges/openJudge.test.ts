import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { judgeFolder } from '../../judges/judgeFolder.ts';
import { writeTinyJudge } from '../../judges/tinyJudge.ts';
import { runMain } from '../runMain.ts';

const PAIR_RM = fileURLToPath(new URL('../../golden/pairRm/hf', import.meta.url));

async function tinyFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await writeTinyJudge(folder);
  return folder;
}

test.each([
  ['a preference model', 'preference-model:', tinyFolder],
  ['a reward model', 'reward-model:', () => judgeFolder('reward')],
  ['a pair-preference language model', 'pair-preference-lm:', () => judgeFolder('pair_lm')],
  ['PairRM', 'pairrm:', () => Promise.resolve(PAIR_RM)],
])('the folder of %s is known by its files', async (_, id, folder) => {
  const data = join(await temporaryFolder(), 'pairs.jsonl');
  await writeFile(data, JSON.stringify({ prompt: 'Hi', chosen: 'Hello!', rejected: 'No.' }));
  const argv = ['bench', 'judge', '--judge', await folder(), '--data', data, '--again', '0', '--json'];
  const { stdout, stderr } = await runMain(argv);
  const [judge] =
    (JSON.parse(stdout) as { judges?: { judge: string; overall: { pairs: number; failed: number } }[] }).judges ?? [];
  expect(judge?.judge, stderr).toMatch(new RegExp(`^${id}[0-9a-f]`));
  expect(judge!.overall).toMatchObject({ pairs: 1, failed: 0 });
});

test.each([
  [[], 'fp32'],
  [['--judge-precision', 'bf16'], 'bf16'],
])('PairRM computes in fp32 unless told otherwise (%j)', async (options, precision) => {
  const data = join(await temporaryFolder(), 'pairs.jsonl');
  await writeFile(data, JSON.stringify({ prompt: 'Hi', chosen: 'Hello!', rejected: 'No.' }));
  const argv = ['bench', 'judge', '--judge', PAIR_RM, '--data', data, '--again', '0', '--json', ...options];
  const { stdout, stderr } = await runMain(argv);
  expect(stderr).not.toContain('expected');
  expect(JSON.parse(stdout)).toMatchObject({ judges: [{ judge: expect.stringMatching(`:${precision}$`) as unknown }] });
});

test('a folder without a model is no judge', async () => {
  const folder = await temporaryFolder();
  const empty = await runMain(['bench', 'judge', '--judge', folder]);
  expect(empty).toMatchObject({ exitCode: 2, stdout: '' });
  expect(empty.stderr).toContain('config.json: expected the configuration of a model in Hugging Face layout, found no');
  await writeFile(join(folder, 'config.json'), '{');
  expect((await runMain(['bench', 'judge', '--judge', folder])).stderr).toContain('found no JSON.');
});

test('references give each prompt its right answer', async () => {
  const folder = await temporaryFolder();
  const rows = [
    { prompt: 'What is 1 + 1?', chosen: 'It is 2.', rejected: 'It is 3.' },
    { prompt: 'What is 2 + 2?', chosen: 'It is 5.', rejected: 'It is 4.' },
  ];
  const [pairs, references] = [join(folder, 'pairs.jsonl'), join(folder, 'references.jsonl')];
  await writeFile(pairs, rows.map((row) => JSON.stringify(row)).join('\n'));
  const solutions = [2, 4].map((sum, i) => ({ prompt: rows[i]!.prompt, completion: `#### ${sum}` }));
  await writeFile(references, solutions.map((row) => JSON.stringify(row)).join('\n'));
  const argv = ['bench', 'judge', '--judge', 'verifier:numeric', '--references', references, '--data', pairs, '--json'];
  const { stdout } = await runMain(argv);
  expect(JSON.parse(stdout)).toMatchObject({ judges: [{ overall: { right: 1, wrong: 1, failed: 0 } }] });
});

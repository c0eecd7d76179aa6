import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowFile, readArrowTable, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { runMain } from '../../runMain.ts';
import { sampleFiles } from './sampleFiles.ts';

test('the policy looks again at each answer, goes on after a stop, and refuses what was drawn otherwise', async () => {
  const folder = await temporaryFolder();
  const [model, after] = [join(folder, 'model'), join(folder, 'after.arrow')];
  await saveTinyModel(model, 256);
  const before = await sampleFiles(folder, 'before.arrow', [
    ['0', '1', '0'],
    ['2', '7', 'far too long '.repeat(60)],
  ]);
  const known = ['--prompts', join(folder, 'prompts.jsonl'), '--references', join(folder, 'right.jsonl')];
  const files = ['--before', before, '--after', after, ...known, '--policy', model, '--precision', 'fp32'];
  const bench = (...more: string[]): ReturnType<typeof runMain> =>
    runMain(['bench', 'self-correct', ...files, '--max-new-tokens', '8', '--json', ...more]);

  const drawn = await bench();
  expect(drawn.exitCode, drawn.stderr).toBe(0);
  expect(JSON.parse(drawn.stdout)).toMatchObject({
    prompts: 5,
    accuracyBefore: 3 / 5,
    warnings: ['1 first answers leave no room for a second one and are left out'],
  });
  const table = await readArrowTable(after, 'samples');
  expect(table.rows.map(({ id }) => id)).toEqual(['p0/0', 'p0/1', 'p0/2', 'p1/0', 'p1/1']);
  const [first] = table.rows;
  expect(first!.token_ids.length).toBeLessThanOrEqual(8);
  // The same question with another first answer is another conversation.
  expect(first!.prompt_token_ids).not.toEqual(table.rows[1]!.prompt_token_ids);
  expect(table.metadata).toMatchObject({ maxNewTokens: '8', temperature: '1' });

  await writeArrowFile(after, 'samples', table.rows.slice(0, 2), { metadata: table.metadata });
  expect((await bench()).stdout).toBe(drawn.stdout);
  expect(await readArrowFile(after, 'samples')).toEqual(table.rows);

  const otherwise = await bench('--ask', 'Sure?', '--sample-temperature', '0');
  expect(otherwise.exitCode).toBe(2);
  expect(otherwise.stderr).toContain('temperature: now "0", there "1"');
  await sampleFiles(folder, 'before.arrow', [['9', '1', '0'], ['2']]);
  expect((await bench()).stderr).toContain('p0/0: answers another prompt');
  expect((await bench('--sample-temperature', '-1')).stderr).toContain('expected a number from 0 up, got -1');
  expect(await readArrowFile(after, 'samples')).toEqual(table.rows);
}, 30_000);

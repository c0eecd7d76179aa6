import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowFile, readArrowTable, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { saveTinyModel } from '../../../bench/saveTinyModel.ts';
import { runMain } from '../../runMain.ts';
import { sampleFiles } from './sampleFiles.ts';

test('best-of-n draws the answers that sample draws, keeps them for rerank, and goes on after a stop', async () => {
  const folder = await temporaryFolder();
  const [model, drawn, plain] = ['model', 'drawn.arrow', 'plain.arrow'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await saveTinyModel(model);
  await sampleFiles(folder, 'unused.arrow', [['0'], ['2'], ['4']]);
  const [prompts, right] = [join(folder, 'prompts.jsonl'), join(folder, 'right.jsonl')];
  const policy = ['--policy', model, '--precision', 'fp32', '--max-new-tokens', '6', '--prompts', prompts];
  const bench = (verb: string, ...more: string[]): ReturnType<typeof runMain> =>
    runMain([
      'bench',
      verb,
      '--samples',
      drawn,
      ...policy,
      '--json',
      ...(more.includes('-k') ? more : ['-k', '4', ...more]),
    ]);

  const judge = ['--judge', 'verifier:length:1-20'];
  const curve = await bench('best-of-n', ...judge);
  expect(curve.exitCode, curve.stderr).toBe(0);
  const { prompts: count, points } = JSON.parse(curve.stdout) as { prompts: number; points: { value: number }[] };
  expect([count, points.length]).toEqual([3, 4]);
  const sampled = await runMain(['sample', ...policy, '-k', '4', '--out', plain]);
  expect(sampled.exitCode, sampled.stderr).toBe(0);
  const table = await readArrowTable(drawn, 'samples');
  expect(table.rows).toEqual(await readArrowFile(plain, 'samples'));
  expect(new Set(table.rows.map(({ text }) => text)).size).toBeGreaterThan(1);

  await writeArrowFile(drawn, 'samples', table.rows.slice(0, 4), { metadata: table.metadata });
  const ranked = await bench('rerank', '--references', right, ...judge);
  expect(JSON.parse(ranked.stdout)).toMatchObject({ prompts: 3, warnings: [] });
  expect(await readArrowFile(drawn, 'samples')).toEqual(table.rows);

  const otherwise = await bench('best-of-n', ...judge, '--seed', '2', '-k', '5');
  expect(otherwise.exitCode).toBe(2);
  expect(otherwise.stderr).toContain('seed: now "2", there "1"');
  expect(otherwise.stderr).toContain('perPrompt: now "5", there "4"');
  expect((await bench('best-of-n', ...judge, '-k', '0')).stderr).toContain('--per-prompt: expected a whole number');
}, 30_000);

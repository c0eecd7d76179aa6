import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readArrowTable, readPairs, readRows, recordedTransforms, writeArrowFile } from '../../../../datasets/index.ts';
import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { runMain } from '../../runMain.ts';

const PAIRS = [
  { prompt: 'Hi', chosen: 'Hello!', rejected: 'Hm' },
  { chosen: '\n\nHuman: Hi\n\nAssistant: Yes', rejected: '\n\nHuman: Hi\n\nAssistant: No' },
];
const BAD = { prompt: 'Hi', chosen: 'same', rejected: 'same' };

async function folderWith(...rows: unknown[]): Promise<string> {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'in.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return folder;
}

async function rowsOf(path: string): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const place of readRows(path)) rows.push('row' in place ? place.row : place.problem);
  return rows;
}

test('rows keep every column from format to format', async () => {
  const rows = [
    { id: 'a', n: 1.5, turns: [{ role: 'user', content: 'x' }], ok: true },
    { id: 'b', n: 2, turns: [], ok: false },
  ];
  const folder = await folderWith(...rows);
  let from = join(folder, 'in.jsonl');
  for (const name of ['a.parquet', 'b.arrow', 'c.jsonl.gz']) {
    const { exitCode, stdout } = await runMain(['data', 'convert', from, join(folder, name)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `2 rows of 2 rows\n${folder}/${name}\n` });
    from = join(folder, name);
  }
  expect(await rowsOf(from)).toEqual(rows);
});

test('pairs of any format become a table of pairs that says where it comes from', async () => {
  const folder = await folderWith(...PAIRS, BAD);
  const [from, out, bad] = [join(folder, 'in.jsonl'), join(folder, 'pairs.arrow'), join(folder, 'bad.jsonl')];
  const { exitCode, stdout, stderr } = await runMain([
    'data',
    'convert',
    from,
    out,
    '--to',
    'pairs',
    '--skip-bad',
    bad,
  ]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `2 pairs of 3 rows\n${out}\n` });
  expect(stderr).toContain(`Left out 1 of 3 rows (1 equal-answers): ${bad}\n`);
  const { rows, metadata } = await readArrowTable(out, 'pairs');
  const prompt = [{ role: 'user', content: 'Hi' }];
  expect(rows).toMatchObject([
    { id: 'in.jsonl:1', prompt, chosen: 'Hello!', rejected: 'Hm', p_chosen: 1, provenance: 'in.jsonl' },
    { id: 'in.jsonl:2', prompt, chosen: 'Yes', rejected: 'No', prompt_id: rows[0]!.prompt_id },
  ]);
  expect(recordedTransforms(metadata)).toEqual([
    { name: 'convert', options: { from, to: 'pairs', adapter: 'auto' }, rowsIn: 3, rowsOut: 2 },
  ]);
  expect((await readPairs(out)).pairs).toMatchObject([{ id: 'in.jsonl:1' }, { id: 'in.jsonl:2' }]);
  expect(await rowsOf(bad)).toEqual([
    {
      file: from,
      at: 'line 3',
      reason: 'equal-answers',
      why: expect.stringContaining('are the same') as string,
      row: BAD,
    },
  ]);
});

test('prompts and answers can be taken out, also the first ones alone', async () => {
  const folder = await folderWith(...PAIRS);
  const [from, out] = [join(folder, 'in.jsonl'), join(folder, 'prompts.jsonl')];
  await runMain(['data', 'convert', from, out, '--to', 'prompts', '--limit', '1']);
  expect(await rowsOf(out)).toEqual([
    { id: 'in.jsonl:1', messages: [{ role: 'user', content: 'Hi' }], source: 'in.jsonl' },
  ]);
});

test('the table and the types of an Arrow file stay', async () => {
  const folder = await temporaryFolder();
  const [from, out] = [join(folder, 'a.arrow'), join(folder, 'b.arrow')];
  const rows = [{ pair_id: 'p', side: 'chosen' as const, model_hash: 'h', sum: -1.5, count: 3 }];
  await writeArrowFile(from, 'logps', rows, { metadata: { author: 'me' } });
  await runMain(['data', 'convert', from, out]);
  const table = await readArrowTable(out, 'logps');
  expect(table.rows).toEqual(rows);
  expect(table.metadata).toMatchObject({ author: 'me' });
});

test('bad rows stop the conversion and leave nothing, unless there is a place for them', async () => {
  const folder = await folderWith(...PAIRS, BAD);
  const [from, out] = [join(folder, 'in.jsonl'), join(folder, 'out.parquet')];
  const { exitCode, stdout, stderr } = await runMain(['data', 'convert', from, out, '--to', 'pairs']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain(
    'expected pairs in each row, found 2 good rows and 1 bad ones (1 equal-answers):\n  line 3: ',
  );
  expect(stderr).toContain('Mend them, or leave them out with --skip-bad.\n');
  expect(await readdir(folder)).toEqual(['in.jsonl']);
});

test('an output that exists stays, unless --force replaces it', async () => {
  const folder = await folderWith(...PAIRS);
  const [from, out] = [join(folder, 'in.jsonl'), join(folder, 'out.jsonl')];
  await writeFile(out, 'mine');
  expect(await runMain(['data', 'convert', from, out])).toEqual({
    exitCode: 2,
    stdout: '',
    stderr: `${out}: expected a new file, found one. Name another, or add --force.\n`,
  });
  expect(await readFile(out, 'utf8')).toBe('mine');
  expect((await runMain(['data', 'convert', from, out, '--force'])).exitCode).toBe(0);
  expect(await rowsOf(out)).toEqual(PAIRS);
});

test('an interrupt leaves nothing half-written, with exit code 130', async () => {
  const folder = await folderWith(
    ...Array.from({ length: 20_000 }, (_, i) => ({ prompt: `p ${i}`, chosen: 'a', rejected: 'b' })),
  );
  const interrupt = new AbortController();
  interrupt.abort();
  const { exitCode, stderr } = await runMain(
    ['data', 'convert', join(folder, 'in.jsonl'), join(folder, 'out.jsonl'), '--to', 'pairs'],
    interrupt,
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 130, stderr: 'Stopped; nothing was written.\n' });
  expect(await readdir(folder)).toEqual(['in.jsonl']);
});

test.each([
  ['out.xlsx', [], 'expected a name that ends in .jsonl'],
  ['none/out.jsonl', [], 'Make it, or name another file.'],
  ['out.jsonl', ['--to', 'pairs', '--adapter', 'spinn'], 'Did you mean "spin"?'],
  ['out.jsonl', ['--adapter', 'spin'], '--adapter: expected --to pairs, responses or prompts with it, found rows.'],
  ['folder.jsonl', ['--force'], 'Name a file that can be written.'],
])('%s with %j is wrong', async (name, options, message) => {
  const folder = await folderWith(...PAIRS);
  await mkdir(join(folder, 'folder.jsonl'));
  const { exitCode, stderr } = await runMain([
    'data',
    'convert',
    join(folder, 'in.jsonl'),
    join(folder, name),
    ...options,
  ]);
  expect(stderr).toContain(message);
  expect(exitCode).toBe(2);
  expect((await readdir(folder)).sort()).toEqual(['folder.jsonl', 'in.jsonl']);
});

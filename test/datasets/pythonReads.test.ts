import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { createArrowWriter } from '../../datasets/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const PYTHON = process.env.NASHTUNE_PYTHON ?? 'python3';
const READ = `
import json, sys
import pyarrow as pa
from datasets import load_dataset
path, cache = sys.argv[1:]
with pa.ipc.open_file(path) as file:
    table = file.read_all()
table.validate(full=True)
loaded = load_dataset("arrow", data_files=path, split="train", cache_dir=cache)
print(json.dumps([table.to_pylist(), loaded.to_list()]))
`;
const missing = spawnSync(PYTHON, ['-c', 'import pyarrow, datasets'], { encoding: 'utf8' });
if (missing.status !== 0)
  console.log(`skipped: ${PYTHON} has no pyarrow and datasets; name one that has in NASHTUNE_PYTHON`);

test.skipIf(missing.status !== 0)('pyarrow and datasets read the files that we write', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'prompts.arrow');
  const rows = ['', 'é漢🦜'].map((content, at) => ({
    id: `p${at}`,
    messages: [{ role: 'user', content }],
    source: 's',
    note: at === 0 ? null : { flag: true, tags: ['x', null] },
  }));
  const writer = await createArrowWriter(path, 'prompts', { metadata: { seed: '1' } });
  await writer.write(rows.toReversed());
  await writer.write(rows);
  await writer.close();
  const env = { ...process.env, HF_HUB_OFFLINE: '1' };
  const read = spawnSync(PYTHON, ['-c', READ, path, join(folder, 'cache')], { encoding: 'utf8', env });
  expect(read.status, read.stderr).toBe(0);
  const all = [...rows.toReversed(), ...rows];
  expect(JSON.parse(read.stdout.trim().split('\n').at(-1)!)).toEqual([all, all]);
});

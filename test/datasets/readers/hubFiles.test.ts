import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { prepareHub, type PreparedHub } from '../hub/prepareHub.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { allRows } from './allRows.ts';

const text = (row: string): Buffer => Buffer.from(`${row}\n`);

async function preparedDataset(): Promise<PreparedHub> {
  const files = {
    'README.md': { bytes: Buffer.from('# A dataset') },
    'data/test.jsonl': { bytes: text('{"n":3}') },
    'data/train-1.jsonl.gz': { bytes: gzipSync(text('{"n":1}')), large: true },
    'data/train-2.csv': { bytes: text('n,m\n2,x') },
  };
  return prepareHub({ type: 'dataset', files });
}

test('a dataset on the Hub is read by its split, of which alone the files are fetched', async () => {
  const { env, server } = await preparedDataset();
  const rows = await allRows('hub:org/name@main', { hub: { env } });
  expect(rows).toEqual([
    { file: 'hub:datasets/org/name@main/data/train-1.jsonl.gz', at: 'line 1', number: 1, row: { n: 1 } },
    { file: 'hub:datasets/org/name@main/data/train-2.csv', at: 'line 2', number: 2, row: { n: '2', m: 'x' } },
  ]);
  const fetched = server.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path);
  expect(fetched.every((path) => path.includes('/data/train-'))).toBe(true);
  expect(await allRows('hub:datasets/org/name:test', { hub: { env } })).toHaveLength(1);
});

test('what is in the cache is read offline, and what is not is an error', async () => {
  const { env } = await preparedDataset();
  await allRows('hub:org/name', { hub: { env } });
  const offline = { hub: { env: { ...env, HF_HUB_OFFLINE: '1' } } };
  expect(await allRows('hub:org/name', offline)).toHaveLength(2);
  expect((await userErrorOf(() => allRows('hub:org/name:test', offline))).code).toBe('hub.offline');
  expect((await userErrorOf(() => allRows('hub:org/other', offline))).code).toBe('hub.offline');
});

test('a split that the dataset lacks is an error with those that it has', async () => {
  const { env } = await preparedDataset();
  const { code, message } = await userErrorOf(() => allRows('hub:org/name:validation', { hub: { env } }));
  expect(code).toBe('input.split');
  expect(message).toContain('found the splits "test", "train". Write hub:datasets/org/name:test.');
});

test('a dataset that is not there is an error', async () => {
  const { env } = await preparedDataset();
  expect((await userErrorOf(() => allRows('hub:org/other', { hub: { env } }))).code).toBe('hub.notFound');
});

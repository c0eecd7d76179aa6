import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { fetchLengthPrior } from '../../../bench/alpacaEval/fetchLengthPrior.ts';
import { prepareHub, type PreparedHub } from '../../datasets/hub/prepareHub.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const TABLES = { 'df_gamed.csv': 'model,index\n', 'instruction_difficulty.csv': ',instruction_difficulty\n' };
const sha256 = Object.values(TABLES).map((text) => createHash('sha256').update(text).digest('hex')) as [string, string];

async function hubOfAlpacaEval(): Promise<PreparedHub> {
  const files = Object.fromEntries(
    Object.entries({ ...TABLES, 'alpaca_eval.json': '[]' }).map(([name, text]) => [name, { bytes: Buffer.from(text) }]),
  );
  const hub = await prepareHub({ type: 'dataset', name: 'tatsu-lab/alpaca_eval', files });
  hub.server.refs['pinned'] = '2edc6fad8be6b14ea7230aabfd08188da6b8b814';
  return hub;
}

test('both tables are fetched from the pinned revision, and then taken from the cache without a network', async () => {
  const { env, server } = await hubOfAlpacaEval();
  const paths = await fetchLengthPrior({ env, sha256 });
  expect(await Promise.all(paths.map((path) => readFile(path, 'utf8')))).toEqual(Object.values(TABLES));
  expect(server.requests.filter(({ path }) => path.includes('alpaca_eval.json'))).toEqual([]);
  server.requests.length = 0;
  expect(await fetchLengthPrior({ env: { ...env, HF_HUB_OFFLINE: '1' }, sha256 })).toEqual(paths);
  expect(server.requests).toEqual([]);
});

test('tables other than those pinned are refused by name', async () => {
  const { env } = await hubOfAlpacaEval();
  const { code, message } = await userErrorOf(() => fetchLengthPrior({ env }));
  expect(code).toBe('lengthPrior.pinned');
  expect(message).toContain('df_gamed.csv');
});

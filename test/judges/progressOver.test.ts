import { expect, test } from 'vitest';

import { createMtBenchPairJudge } from '../../src/judges/llm/mtBench.ts';
import { createApiClient } from '../../src/judges/llm/apiClient.ts';
import { progressOver } from '../../src/judges/progressOver.ts';
import { completion, startApiServer } from './llm/apiServer.ts';

test('progress of several rounds of questions is that of the items, and never falls', () => {
  const told: string[] = [];
  const { onProgress } = progressOver(3, { onProgress: (done, total) => told.push(`${done}/${total}`) });
  onProgress!(1, 6);
  onProgress!(4, 6);
  onProgress!(1, 2);
  onProgress!(2, 2);
  expect(told).toEqual(['0/3', '2/3', '2/3', '3/3']);
  expect(progressOver(3, {})).toEqual({});
});

test('a judge that asks in both orders tells its progress in comparisons', async () => {
  const server = await startApiServer(() => completion('[[A]]'));
  const judge = createMtBenchPairJudge(createApiClient({ model: 'x', baseURL: server.baseURL, concurrency: 1 }));
  const told: number[][] = [];
  const items = ['1', '2'].map((id) => ({ id, prompt: [{ role: 'user', content: id }], a: 'a', b: 'b' }));
  await judge.compare(items, { onProgress: (done, total) => told.push([done, total]) });
  expect(told).toEqual([
    [0, 2],
    [1, 2],
    [1, 2],
    [2, 2],
  ]);
});

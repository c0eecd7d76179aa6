import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { peerFolder } from '../../../bench/peerPython.ts';
import { GPU_ROWS } from '../../../bench/peerTable/gpuRows.ts';
import { PEER_ROWS, TABLE_MODEL, TEXT_TERMS } from '../../../bench/peerTable/peerRows.ts';
import type { AnyTableJob } from '../../../bench/peerTable/peerTableJob.ts';

const text = {
  tokenizer: 'tokenizer',
  judge: 'judge',
  pairs: Array.from({ length: TEXT_TERMS.pairs }, (_, i) => ({
    id: String(i),
    promptIds: [1, 2],
    chosenIds: [3],
    rejectedIds: [4, 5],
  })),
  prompts: Array.from({ length: TEXT_TERMS.prompts }, (_, i) => ({
    messages: [{ role: 'user' as const, content: `question ${i}` }],
    ids: [1, 2, i],
  })),
};
const ALL_ROWS = [...PEER_ROWS, ...GPU_ROWS];
const jobOf = (id: string): AnyTableJob =>
  ALL_ROWS.find((row) => row.id === id)!.job({ model: 'folder', seed: 1, device: 'cpu', text });

test.each(ALL_ROWS.map(({ id, script }) => [id, script]))(
  '%s has a script for its peer, and a job as JSON',
  (id, script) => {
    expect(existsSync(join(peerFolder(), script))).toBe(true);
    const job = jobOf(id);
    expect(JSON.parse(JSON.stringify(job))).toEqual(job);
    expect(JSON.stringify(job)).toBe(JSON.stringify(jobOf(id)));
  },
);

test('full rows are 2 x 4 sequences of 256 tokens in five steps, all but the first token an answer', () => {
  const job = jobOf('train-bf16-trl');
  if (job.kind !== 'train') throw new Error(job.kind);
  expect(job.pairs).toHaveLength(20);
  for (const pair of job.pairs) {
    const ids = [pair.prompt_ids, pair.chosen_ids, pair.rejected_ids];
    expect(ids.map(({ length }) => length)).toEqual([1, 255, 255]);
    expect(Math.max(...ids.flat())).toBeLessThan(TABLE_MODEL.vocabSize);
  }
});

test('the model that both sides load has room for the longest rows', () => {
  const ragged = jobOf('ragged-hf');
  if (ragged.kind !== 'ragged') throw new Error(ragged.kind);
  const longest = Math.max(TEXT_TERMS.maxLength, ragged.prompts[0]!.length + Math.max(...ragged.stops.flat()));
  // What is saved as config.json.
  expect(TABLE_MODEL.source['max_position_embeddings']).toBeGreaterThanOrEqual(longest);
});

test('imposed lengths are geometric with mean 60, cut at 256', () => {
  const job = jobOf('ragged-hf');
  if (job.kind !== 'ragged') throw new Error(job.kind);
  const stops = job.stops.flat();
  expect(stops).toHaveLength(1024);
  expect([Math.min(...stops), Math.max(...stops)]).toEqual([1, 256]);
  // Mean 60 (1 - (59/60)^256) = 59.2, deviation of the mean below 2.
  const mean = stops.reduce((sum, length) => sum + length, 0) / stops.length;
  expect(Math.abs(mean - 59.2)).toBeLessThan(6);
});

test('a round has five answers to each of 64 prompts, with room in the context of the model', () => {
  const job = jobOf('sppo-round-trl');
  if (job.kind !== 'round') throw new Error(job.kind);
  expect(job).toMatchObject({ tokenizer: 'tokenizer', judge: 'judge', precision: 'bf16', beta: 0.001, batchSize: 8 });
  expect(job.prompts).toEqual(text.prompts);
  expect(job.stops).toHaveLength(64);
  expect(new Set(job.stops.map(({ length }) => length))).toEqual(new Set([5]));
  const longest = TEXT_TERMS.maxPromptLength + Math.max(...job.stops.flat());
  expect(longest).toBeLessThanOrEqual(TABLE_MODEL.contextLength);
  // A model loaded from its folder reads the context there.
  expect(TABLE_MODEL.source['max_position_embeddings']).toBe(TABLE_MODEL.contextLength);
});

import { cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { syntheticPairs } from '../../bench/syntheticPairs.ts';
import { loadTokenizer, tokenizePairs, tokenizePairsInWorkers, type PreferencePair } from '../../datasets/index.ts';
import { encodePairsInWorkers } from '../../datasets/encodePairsInWorkers.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from './userErrorOf.ts';

const GOLDEN = fileURLToPath(new URL('../golden/tokenizers/bytelevel_bpe', import.meta.url));
const tokenizer = await loadTokenizer(GOLDEN);
const pairs = Array.from(syntheticPairs({ rows: 90, seed: 2 }), ({ id, prompt, chosen, rejected }): PreferencePair => {
  return { id, prompt, chosen: chosen[0]!.content, rejected: rejected[0]!.content };
});
const inTwo = { workers: 2, batchPairs: 16 };
const inOne = { workers: 1, batchPairs: 16 };

async function* oneByOne<T>(rows: readonly T[]): AsyncGenerator<T> {
  yield* rows;
}

test('workers give what one thread gives, in the same order, cut and dropped alike', async () => {
  const options = { maxLength: 900, longPairs: 'keep-end', maxPromptLength: 300 } as const;
  const expected = tokenizePairs(tokenizer, pairs, options);
  expect(expected.kept.length).toBeGreaterThan(50);
  expect(expected.dropped.length + expected.truncated.prompts).toBeGreaterThan(10);
  expect(await tokenizePairsInWorkers(tokenizer, oneByOne(pairs), { ...options, ...inTwo })).toEqual(expected);
});

test('workers use the format and the template of the tokenizer that was given', async () => {
  const options = { maxLength: 4000, longPairs: 'error', format: 'transcript' } as const;
  const few = pairs.slice(0, 5);
  expect(await tokenizePairsInWorkers(tokenizer, few, { ...options, ...inOne })).toEqual(
    tokenizePairs(tokenizer, few, options),
  );
  const plain = { ...tokenizer, chatTemplate: null };
  const chat = { maxLength: 4000, longPairs: 'error' } as const;
  expect(await tokenizePairsInWorkers(plain, few, { ...chat, ...inOne })).toEqual(tokenizePairs(plain, few, chat));
});

test('faults of all batches arrive as one error, which names their pairs as one thread does', async () => {
  const faulty = pairs.map((pair, i) => (i % 40 === 7 ? { ...pair, chosen: 'a<|im_end|>b' } : pair));
  const options = { maxLength: 4000, longPairs: 'error' } as const;
  const expected = await userErrorOf(async () => tokenizePairs(tokenizer, faulty, options), GOLDEN);
  const found = await userErrorOf(() => tokenizePairsInWorkers(tokenizer, faulty, { ...options, ...inTwo }), GOLDEN);
  expect(found).toEqual(expected);
  expect(found.message).toContain('row 47');
});

test('an error of a worker arrives as itself', async () => {
  const folder = await temporaryFolder();
  await cp(GOLDEN, folder, { recursive: true });
  const moved = await loadTokenizer(folder);
  await writeFile(join(folder, 'tokenizer.json'), '{');
  const work = (): Promise<unknown> =>
    tokenizePairsInWorkers(moved, pairs, { maxLength: 4000, longPairs: 'error', ...inOne });
  expect((await userErrorOf(work, folder)).code).toBe('tokenizer.malformed');
});

test('an error that nobody foresaw ends the work', async () => {
  const broken = [...pairs.slice(0, 20), { id: 'broken' } as PreferencePair];
  const work = tokenizePairsInWorkers(tokenizer, broken, { maxLength: 4000, longPairs: 'error', ...inOne });
  await expect(work).rejects.toThrow(/reading 'map'/);
});

test('a signal stops the work, before it and in the middle of it', async () => {
  const options = { maxLength: 4000, longPairs: 'error', ...inTwo } as const;
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await expect(tokenizePairsInWorkers(tokenizer, pairs, { ...options, signal })).rejects.toBe(reason);
  const later = new AbortController();
  const work = tokenizePairsInWorkers(tokenizer, pairs, { ...options, signal: later.signal });
  setImmediate(() => later.abort(reason));
  await expect(work).rejects.toBe(reason);
});

test('a reader that stops early leaves rows unread', async () => {
  let read = 0;
  async function* counted(): AsyncGenerator<PreferencePair> {
    for (const pair of pairs) {
      read++;
      yield pair;
    }
  }
  for await (const { tokenized } of encodePairsInWorkers(tokenizer, counted(), {
    format: 'chat',
    workers: 1,
    batchPairs: 8,
  })) {
    expect(tokenized.map(({ id }) => id)).toEqual(pairs.slice(0, 8).map(({ id }) => id));
    break;
  }
  expect(read).toBe(16);
});

test('a number of workers that is none is refused', async () => {
  const work = tokenizePairsInWorkers(tokenizer, pairs, { maxLength: 10, longPairs: 'drop', workers: 0 });
  await expect(work).rejects.toThrow(/workers must be a whole number of at least 1, got 0/);
});

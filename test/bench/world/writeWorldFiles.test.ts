import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readPrompts, readResponses } from 'nashtune/datasets';
import { QUALITIES, qualities, trainingAnswer, worldRandom } from 'nashtune/world';
import { expect, test } from 'vitest';

import { writeWorldFiles } from '../../../bench/world/writeWorldFiles.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const SIZES = { prompts: 40, heldOut: 20 };

test('training prompts come with answers that lack no quality, held-out prompts with none', async () => {
  const files = await writeWorldFiles(await temporaryFolder(), { seed: 1, ...SIZES });
  const { responses } = await readResponses(files.train);
  expect(responses).toHaveLength(SIZES.prompts);
  const random = worldRandom(1, 'test');
  let flawed = 0;
  for (const { prompt, response } of responses) {
    const question = prompt.at(-1)!.content;
    const all = Object.fromEntries(QUALITIES.map((quality) => [quality, 1]));
    expect(qualities(question, response)).toEqual(all);
    if (Object.values(qualities(question, trainingAnswer(question, random))).some((score) => score < 1)) flawed++;
  }
  expect(flawed).toBeGreaterThan(SIZES.prompts / 2);
  const held = await readPrompts(files.heldOut);
  expect(held).toHaveLength(SIZES.heldOut);
  const trained = new Set(responses.map(({ prompt }) => prompt.at(-1)!.content));
  expect(held.filter(({ messages }) => trained.has(messages.at(-1)!.content))).toEqual([]);
});

test('equal seeds give equal files, others other ones', async () => {
  const folder = await temporaryFolder();
  const write = async (name: string, seed: number): Promise<string> => {
    const files = await writeWorldFiles(join(folder, name), { seed, ...SIZES });
    return `${await readFile(files.train, 'utf8')}${await readFile(files.heldOut, 'utf8')}`;
  };
  const first = await write('a', 1);
  expect(await write('b', 1)).toBe(first);
  expect(await write('c', 2)).not.toBe(first);
});

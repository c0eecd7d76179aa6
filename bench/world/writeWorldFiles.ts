import { join } from 'node:path';

import { goodAnswer, shippedPrompts, worldRandom } from 'nashtune/world';

import { writeFileAtomic } from '../../src/base/writeFileAtomic.ts';

export interface WorldFilesOptions {
  seed: number;
  /** Training prompts, over all rounds. */
  prompts: number;
  /** Prompts of pairs of topic and context that never occur in training. */
  heldOut: number;
}

export interface WorldFiles {
  /** Prompts, each with an answer that has every quality of the hidden rule: `{ id, prompt, completion }`. */
  train: string;
  /** Prompts alone: `{ id, prompt }`. */
  heldOut: string;
}

/**
 * Writes prompts of the quickstart's world as JSON Lines, the same ones in the same order as the quickstart draws by this
 * seed. The answers stand for those that people wrote, for recipes that imitate: the world's own generator composes them
 * without a flaw. Equal seeds give equal bytes.
 */
export async function writeWorldFiles(
  folder: string,
  { seed, prompts, heldOut }: WorldFilesOptions,
): Promise<WorldFiles> {
  const world = shippedPrompts();
  const random = worldRandom(seed, 'good answers');
  const train = worldRandom(seed, 'rounds')
    .shuffle(world.train)
    .slice(0, prompts)
    .map(({ id, messages: [message] }) => {
      const prompt = message!.content;
      return { id, prompt, completion: goodAnswer(prompt, random) };
    });
  const held = worldRandom(seed, 'held out')
    .shuffle(world.heldOut)
    .slice(0, heldOut)
    .map(({ id, messages: [message] }) => ({ id, prompt: message!.content }));
  const files = { train: join(folder, 'train.jsonl'), heldOut: join(folder, 'held-out.jsonl') };
  await writeFileAtomic(files.train, lines(train));
  await writeFileAtomic(files.heldOut, lines(held));
  return files;
}

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

import { cp, mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { temporaryFolder } from '../base/temporaryFolder.ts';

const GOLDEN = new URL('../golden/', import.meta.url);

/** A golden judge of makeJudgeCases.py with its tokenizer, in a folder of its own that a test may spoil. */
export async function judgeFolder(name: 'reward' | 'pair_lm'): Promise<string> {
  const folder = await temporaryFolder();
  await writeJudge(name, folder);
  return folder;
}

/** A golden judge as `load` makes it from its folder. */
export async function goldenJudge<T>(name: 'reward' | 'pair_lm', load: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'nashtune-judge-'));
  try {
    await writeJudge(name, folder);
    return await load(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function writeJudge(name: 'reward' | 'pair_lm', folder: string): Promise<void> {
  for (const file of ['tokenizer.json', 'tokenizer_config.json', 'chat_template.jinja']) {
    await cp(fileURLToPath(new URL(`trl_trajectory/model/${file}`, GOLDEN)), join(folder, file));
  }
  await cp(fileURLToPath(new URL(`judges/${name}`, GOLDEN)), folder, { recursive: true });
}

/** What transformers computes with it. */
export function judgeCases<T>(name: 'reward' | 'pair_lm'): T[] {
  return JSON.parse(readFileSync(new URL(`judges/${name}/expected.json`, GOLDEN), 'utf8')) as T[];
}

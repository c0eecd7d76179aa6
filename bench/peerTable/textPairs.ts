import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { loadTokenizer, readPairs, tokenizePairs, type TokenizedPair } from 'nashtune/datasets';

import { peerFolder } from '../peerPython.ts';

export interface TextPairsOptions {
  pairs: number;
  /** Longer ones are left out, on both sides. */
  maxLength: number;
  /** Of the tokenizer, which is trained on the file itself. */
  vocabulary: number;
  python: string;
  /** Where tokenizer and pairs are put. */
  folder: string;
}

/** The first pairs of a file that are sound and short enough, in tokens of a vocabulary of the model's size. */
export async function textPairs(file: string, options: TextPairsOptions): Promise<TokenizedPair[]> {
  const { python, folder, vocabulary, maxLength } = options;
  const { pairs } = await readPairs(file, { skipBad: join(folder, 'bad.jsonl') });
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''));
  const script = join(peerFolder(), 'train_tokenizer.py');
  await promisify(execFile)(python, [script, '--pairs', path, '--out', folder, '--vocabulary', String(vocabulary)]);
  const tokenizer = await loadTokenizer(folder);
  const { kept } = tokenizePairs(tokenizer, pairs, { maxLength, longPairs: 'drop', format: 'chat' });
  return kept.slice(0, options.pairs);
}

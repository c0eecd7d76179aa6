import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { countReasons, loadTokenizer, readPairs } from 'nashtune/datasets';

import { peerFolder } from '../peerPython.ts';
import { takeText, type Text, type TextTerms } from './takeText.ts';
import { writeJudge } from './writeJudge.ts';

/** What rows of real text are made of. */
export interface TextMaterials extends Text {
  /** Folder of the policy's tokenizer, whose tokens all are. */
  tokenizer: string;
  /** Folder of a small PairRM with random weights and a tokenizer of its own. */
  judge: string;
}

export interface TextMaterialsOptions {
  terms: TextTerms;
  /** Of both tokenizers, which are trained on the file itself. */
  vocabulary: number;
  seed: number;
  python: string;
  /** Where tokenizers and judge are put. */
  folder: string;
  /** Receives one line when rows of the file are left out. */
  onNotice: (line: string) => void;
}

/**
 * Pairs and prompts of a file, in tokens of a vocabulary of the model's size, and a judge.
 *
 * @throws {UserError} as `readPairs` and `takeText`
 */
export async function textMaterials(file: string, options: TextMaterialsOptions): Promise<TextMaterials> {
  const { terms, python, folder, vocabulary, seed, onNotice } = options;
  const { pairs, rows, bad, reasons } = await readPairs(file, { skipBad: join(folder, 'bad.jsonl') });
  if (bad > 0) onNotice(`${file}: left out ${bad} of ${rows} rows, which hold no pair (${countReasons(reasons)}).`);
  const path = join(folder, 'pairs.jsonl');
  await writeFile(path, pairs.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const trainTokenizer = async (kind: 'policy' | 'judge'): Promise<string> => {
    const out = join(folder, kind);
    await mkdir(out);
    const script = join(peerFolder(), 'train_tokenizer.py');
    const given = ['--pairs', path, '--out', out, '--kind', kind, '--vocabulary', String(vocabulary)];
    await promisify(execFile)(python, [script, ...given]);
    return out;
  };
  const judge = await trainTokenizer('judge');
  await writeJudge(judge, { vocabulary, seed });
  const tokenizer = await trainTokenizer('policy');
  return { tokenizer, judge, ...takeText(file, await loadTokenizer(tokenizer), pairs, terms) };
}

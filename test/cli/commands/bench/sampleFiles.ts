import { join } from 'node:path';

import { writeArrowFile } from '../../../../datasets/index.ts';
import { jsonLines } from './jsonLines.ts';

/** Writes samples whose answers are these texts, prompts.jsonl and right.jsonl beside them; returns the path of the samples. */
export async function sampleFiles(folder: string, name: string, texts: readonly string[][]): Promise<string> {
  const path = join(folder, name);
  const rows = texts.flatMap((answers, prompt) =>
    answers.map((text, k) => {
      const tokens = { prompt_token_ids: [1], token_ids: [1], token_logps: [-1], finish_reason: 'stop' };
      return { id: `p${prompt}/${k}`, prompt_id: `p${prompt}`, k, text, ...tokens, policy_hash: 'h', sampler: 's' };
    }),
  );
  await writeArrowFile(path, 'samples', rows);
  const prompts = texts.map((_, at) => ({ id: `p${at}`, prompt: `What is ${at} and ${at}?` }));
  await jsonLines(folder, 'prompts.jsonl', prompts);
  const right = prompts.map((prompt, at) => ({ ...prompt, completion: String(2 * at) }));
  await jsonLines(folder, 'right.jsonl', right);
  return path;
}

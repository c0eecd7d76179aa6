import { join } from 'node:path';

import type { JudgmentRow, PromptRow, SampleRow } from 'nashtune/datasets';
import { withLoop, type Loop } from 'nashtune/loop';

/** Opens a loop in `folder` that prints nowhere. */
export function inLoop<T>(folder: string, work: (loop: Loop) => Promise<T>, resume = false): Promise<T> {
  const context = {
    out: join(folder, 'run'),
    resume,
    signal: new AbortController().signal,
    print: () => undefined,
    progress: () => undefined,
  };
  const manifest = { recipe: 'test', config: {}, seeds: { seed: 1 }, inputs: {}, versions: {} };
  return withLoop(context, manifest, work);
}

export const promptRow = (id: string): PromptRow => ({
  id,
  messages: [{ role: 'user', content: `Question ${id}?` }],
  source: 'test',
});

export const sampleRow = (promptId: string, k: number, text: string): SampleRow => ({
  id: `${promptId}/1/${k}`,
  prompt_id: promptId,
  k,
  text,
  prompt_token_ids: [5, 6],
  token_ids: [7 + k, 2],
  token_logps: [-1, -0.5],
  finish_reason: 'stop',
  policy_hash: 'abc',
  sampler: 'test',
});

export const judgmentRow = (promptId: string, i: number, j: number, p: number | null): JudgmentRow => ({
  prompt_id: promptId,
  i,
  j,
  p_i_beats_j: p,
  error: p === null ? 'no answer' : null,
  judge_id: 'test',
  raw: null,
});

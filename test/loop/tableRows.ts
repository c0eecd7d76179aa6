import type { JudgmentRow, PromptRow, SampleRow } from 'nashtune/datasets';

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

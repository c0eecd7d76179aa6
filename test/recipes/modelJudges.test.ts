import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from 'nashtune';
import { readArrowFile } from 'nashtune/datasets';
import { beforeAll, expect, test } from 'vitest';

import iterativeDpo from '../../recipes/iterative-dpo.ts';
import { startEngine } from '../../src/engine/index.ts';
import { completion, failure, startApiServer } from '../judges/llm/apiServer.ts';
import { selfPlayFiles, SHORT } from './selfPlayRun.ts';

beforeAll(async () => {
  await startEngine();
});

test('a model behind an API judges; after it failed, a resumed run asks only what it has no answer to', async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  let mended = false;
  const server = await startApiServer((question) => {
    const text = question.messages.map(({ content }) => content).join('\n');
    const [a, b] = ['A', 'B'].map(
      (name) => text.split(`[The Start of Assistant ${name}'s Answer]\n`)[1]!.split('\n[The End')[0]!,
    );
    const works = mended || !/Question [3-5]/.test(text);
    return works ? completion(a! > b! ? '[[A]]' : '[[B]]') : failure(400, { message: 'refused' });
  });
  const config = {
    ...SHORT,
    rounds: 1,
    policy,
    data: { prompts },
    judge: 'openai/mt-bench:qwen3',
    judgeModel: { baseURL: server.baseURL },
  };
  await expect(run(iterativeDpo, { config, out })).rejects.toThrow(/The judge failed on .*refused/s);
  mended = true;
  await run(iterativeDpo, { config, out, resume: true });
  const judgments = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  const samples = await readArrowFile(join(out, 'round-01/samples.arrow'), 'samples');
  const textOf = (prompt: string, k: number) => samples.find((row) => row.prompt_id === prompt && row.k === k)!.text;
  expect(judgments).toHaveLength(18);
  for (const { prompt_id, i, j, p_i_beats_j } of judgments) {
    const [first, second] = [textOf(prompt_id, i), textOf(prompt_id, j)];
    if (first !== second) expect(p_i_beats_j).toBe(first > second ? 1 : 0);
  }

  const answered = (await readFile(join(out, 'answers.store/judgments.jsonl'), 'utf8')).trimEnd().split('\n').length;
  const askedOf = (pattern: RegExp): string[] =>
    server.questions.map(({ messages }) => JSON.stringify(messages)).filter((text) => pattern.test(text));
  expect(askedOf(/Question [0-2]/)).toHaveLength(new Set(askedOf(/Question [0-2]/)).size);
  expect(answered).toBe(new Set(askedOf(/./)).size);
});

test('PairRM computes in the precision of the run', async () => {
  const { policy, prompts, out } = await selfPlayFiles();
  const judge = 'test/golden/pairRm/hf';
  await run(iterativeDpo, {
    config: { ...SHORT, precision: 'bf16', rounds: 1, policy, data: { prompts }, judge },
    out,
  });
  const [judgment] = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  expect(judgment!.judge_id).toMatch(/^pairrm:.*:bf16$/);
});

test('a policy in a folder judges beside a check in a panel', async () => {
  const { policy, prompts, out } = await selfPlayFiles({ max_position_embeddings: 1024 });
  const judge = `panel:policy/alpaca-eval:${policy},verifier:length:1-`;
  await run(iterativeDpo, { config: { ...SHORT, rounds: 1, policy, data: { prompts }, judge }, out });
  const [judgment] = await readArrowFile(join(out, 'round-01/judgments.arrow'), 'judgments');
  expect(judgment!.judge_id).toMatch(/policy:[0-9a-f]+.*length/s);
  expect(judgment!.error).toBeNull();
});

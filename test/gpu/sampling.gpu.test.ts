import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Policy } from '../../src/models/index.ts';
import { createSampler, type Sampler } from '../../src/sampling/index.ts';
import { createSequenceScorer } from '../../src/training/index.ts';
import { GOLDEN_MODELS, loadGoldenPolicy, readCase } from '../models/modelCases.ts';
import { describeGpu } from './describeGpu.ts';

const prompts = [[5, 6, 7], [8], [9, 10, 11, 12, 13], [20, 21]];
const requests = prompts.map((promptTokens, i) => ({ key: `request ${i}`, promptTokens }));
const settings = { maxNewTokens: 80, temperature: 1, seed: 7, endToken: -1, padToken: 0, batchSize: 4 };

await describeGpu('sampling', () => {
  let policy: Policy;
  let sampler: Sampler;
  beforeAll(async () => {
    policy = await loadGoldenPolicy();
    sampler = createSampler(policy);
  });
  afterAll(() => {
    sampler.dispose();
    policy.dispose();
  });

  test.each([false, true])('the same seed gives the same tokens, another seed others (bf16: %s)', async (bf16) => {
    const draw = async (seed: number): Promise<number[][]> =>
      (await sampler.generate(requests, { ...settings, bf16, seed })).map(({ tokenIds }) => tokenIds);
    const first = await draw(7);
    expect(await draw(7)).toEqual(first);
    expect(await draw(8)).not.toEqual(first);
  });

  test('temperature 0 continues as transformers does', async () => {
    const { greedy_prompt: promptTokens, greedy_continuation: expected } = readCase(`${GOLDEN_MODELS}/llama`);
    const cold = { ...settings, temperature: 0, maxNewTokens: expected.length };
    const [response] = await sampler.generate([{ key: 'greedy', promptTokens }], cold);
    expect(response!.tokenIds).toEqual(expected);
  });

  test('responses come with the log-probabilities that scoring them gives', async () => {
    const scorer = createSequenceScorer(policy, { batchSize: 8, padToken: 0, bf16: false });
    const responses = await sampler.generate(requests, { ...settings, maxNewTokens: 12 });
    const scores = await scorer.score(
      responses.map(({ tokenIds }, i) => ({ promptIds: prompts[i]!, completionIds: tokenIds })),
    );
    responses.forEach(({ tokenLogProbs }, i) => {
      expect(tokenLogProbs.reduce((a, b) => a + b, 0)).toBeCloseTo(scores[i]!, 3);
    });
    scorer.dispose();
  });
});

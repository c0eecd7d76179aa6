import { createSampler, type GeneratedResponse } from 'nashtune/sampling';

import { runBenchmark, type BenchOptions, type BenchResult } from './benchmark.ts';
import type { GenerateJob } from './generateJob.ts';

export interface GenerateBenchOptions extends BenchOptions {
  /** Runs that count, each of the whole batch. */
  steps: number;
}

export interface GenerateBenchResult extends BenchResult {
  model: string;
  /** Rows decoded together. */
  batchSize: number;
  promptTokens: number;
  newTokens: number;
  /** Prompts read and left out as too long. */
  dropped: number;
  /** How the first response begins: the same for the same seed. */
  firstTokens: number[];
}

/** No token has this number, so no response ends early. */
const NO_END = -1;

/**
 * Times the generation of whole batches, prompts included; new tokens count, prompts do not. No response ends early, so that
 * every run does the same work. A step is one new token for every row, its share of the prompts included.
 *
 * @throws {UserError} when the engine does not start or the model cannot be loaded
 */
export async function benchGenerate(job: GenerateJob, options: GenerateBenchOptions): Promise<GenerateBenchResult> {
  const { seed, steps, signal } = options;
  const { prompts, newTokens, padToken } = job;
  let responses: GeneratedResponse[] = [];
  const result = await runBenchmark('generate', options, async (precision) => {
    const policy = await job.openPolicy();
    const sampler = createSampler(policy);
    const requests = prompts.map((promptTokens, i) => ({ key: `row ${i}`, promptTokens }));
    const sampling = {
      maxNewTokens: newTokens,
      temperature: 1,
      seed,
      endToken: NO_END,
      padToken,
      batchSize: prompts.length,
      bf16: precision === 'bf16',
      ...(signal ? { signal } : {}),
    };
    return {
      warmUp: [0],
      runs: steps,
      tokens: () => responses.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0),
      stepsPerRun: newTokens,
      run: async () => {
        responses = await sampler.generate(requests, sampling);
      },
      dispose: () => {
        sampler.dispose();
        policy.dispose();
      },
    };
  });
  return {
    ...result,
    model: job.model,
    batchSize: prompts.length,
    promptTokens: prompts.reduce((sum, { length }) => sum + length, 0),
    newTokens,
    dropped: job.dropped.length,
    firstTokens: responses[0]!.tokenIds.slice(0, 8),
  };
}

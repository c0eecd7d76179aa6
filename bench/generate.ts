import { createPolicy } from 'nashtune/models';
import { createSampler } from 'nashtune/sampling';

import { randomStream } from '../src/base/seed.ts';
import { runBenchmark, type BenchOptions, type BenchResult } from './benchmark.ts';
import { GENERATE_TERMS, randomTokens, type GenerateTerms } from './terms.ts';

export interface GenerateBenchResult extends BenchResult {
  /** How the first response begins: the same for the same seed. */
  firstTokens: number[];
}

/** No token has this number, so no response ends early. */
const NO_END = -1;

/**
 * Times the generation of whole batches, prompts included. A step is one new token for every row, its share of the prompts
 * included.
 *
 * @throws {UserError} when the engine does not start
 */
export async function benchGenerate(
  options: BenchOptions,
  terms: GenerateTerms = GENERATE_TERMS,
): Promise<GenerateBenchResult> {
  const { seed } = options;
  const { model, rows, promptTokens, newTokens } = terms;
  let firstTokens: number[] = [];
  const result = await runBenchmark('generate', options, (precision) => {
    const policy = createPolicy(model, seed);
    const sampler = createSampler(policy);
    const random = randomStream(seed, 'bench', 'generate');
    const requests = Array.from({ length: rows }, (_, i) => ({
      key: `row ${i}`,
      promptTokens: randomTokens(model, promptTokens, random),
    }));
    const sampling = {
      maxNewTokens: newTokens,
      temperature: 1,
      seed,
      endToken: NO_END,
      padToken: 0,
      batchSize: rows,
      bf16: precision === 'bf16',
    };
    return {
      tokens: rows,
      stepsPerRun: newTokens,
      run: async () => {
        const [first] = await sampler.generate(requests, sampling);
        firstTokens = first!.tokenIds.slice(0, 8);
      },
      dispose: () => {
        sampler.dispose();
        policy.dispose();
      },
    };
  });
  return { ...result, firstTokens };
}

import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { SampleRow, TokenizedPrompt, Tokenizer } from '../../datasets/index.ts';
import { describeSampling, type Sampler, type TokenFilters } from '../sampling/index.ts';
import type { Loop } from './loop.ts';
import { pace } from './pace.ts';

export interface SampleStageOptions extends TokenFilters {
  sampler: Sampler;
  tokenizer: Tokenizer;
  /** Identifies the policy's weights in the table. */
  policyHash: string;
  prompts: readonly TokenizedPrompt[];
  /** Answers per prompt, K. */
  samples: number;
  maxNewTokens: number;
  temperature: number;
  batchSize: number;
  bf16: boolean;
  /** Who draws, for the table. Default `nashtune`. */
  drawnBy?: string;
  /** Name of the stage and, with `.arrow`, of its file. Default `samples`. */
  name?: string;
}

/** Draws K answers to each prompt. */
export async function sampleStage(loop: Loop, round: number, options: SampleStageOptions): Promise<SampleRow[]> {
  const name = options.name ?? 'samples';
  const path = loop.run.stagePath(round, `${name}.arrow`);
  if (loop.run.has(path)) return readArrowFile(path, 'samples');
  return loop.time(round, name, async () => {
    const rows = await drawSamples(loop, round, name, options);
    await writeArrowFile(path, 'samples', rows);
    return rows;
  });
}

/** Draws K answers to each prompt; `name` tells apart the draws of a round. */
export async function drawSamples(
  loop: Loop,
  round: number,
  name: string,
  options: SampleStageOptions,
): Promise<SampleRow[]> {
  const { tokenizer, temperature, samples } = options;
  const requests = options.prompts.map(({ prompt, tokenIds }) => ({ key: prompt.id, promptTokens: [...tokenIds] }));
  const follow = pace();
  const responses = await options.sampler.generate(requests, {
    samples,
    maxNewTokens: options.maxNewTokens,
    temperature,
    ...filtersOf(options),
    seed: `${loop.seed}\u0000${name}\u0000${round}`,
    endToken: tokenizer.eosTokenId ?? -1,
    padToken: tokenizer.padTokenId ?? 0,
    batchSize: options.batchSize,
    bf16: options.bf16,
    signal: loop.signal,
    onProgress: (done, total) => loop.progress(`round ${round}: ${name} ${follow(done, total)}`),
  });
  return responses.map(({ tokenIds, tokenLogProbs, finishReason }, i): SampleRow => {
    const { key, promptTokens } = requests[Math.floor(i / samples)]!;
    const k = i % samples;
    return {
      id: `${key}/${round}/${k}`,
      prompt_id: key,
      k,
      text: tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
      prompt_token_ids: promptTokens,
      token_ids: tokenIds,
      token_logps: tokenLogProbs,
      finish_reason: finishReason,
      policy_hash: options.policyHash,
      sampler: describeSampling(options, options.drawnBy),
    };
  });
}

function filtersOf({ topK, topP, minP }: TokenFilters): TokenFilters {
  return {
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(minP === undefined ? {} : { minP }),
  };
}

/** Mean length of answers in tokens, and the share that ended by themselves. */
export function sampleStatistics(samples: readonly SampleRow[]): { answerTokens: number; finished: number } {
  return {
    answerTokens: mean(samples.map(({ token_ids }) => token_ids.length)),
    finished: mean(samples.map(({ finish_reason }) => Number(finish_reason === 'stop'))),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

import { weightSpecs, type DecoderConfig } from 'nashtune/models';

import type { AnyTableJob, RoundTableJob, TrainTableJob } from './peerTableJob.ts';

/** What a machine can do at most. */
export interface MachineSpeed {
  /** Of matrix products, 10^9 operations a second. */
  gflops: Record<'fp32' | 'bf16', number>;
  /** 10^9 bytes a second. */
  gigabytes: number;
}

/** Operations and bytes that a job cannot do without, and the tokens that count in it. */
interface Work {
  flops: number;
  bytes: number;
  tokens: number;
}

/**
 * The tokens a second that no program exceeds on a machine: the products of the job at the speed of large products, and in
 * decoding the bytes of weights and caches, which every step reads once, at the speed of memory; the slower of the two.
 *
 * Training: 6 operations for each weight and token and 12 D for each position a token sees and each layer; a prompt that
 * two answers share is computed once, logits for the tokens of answers alone. Decoding: a third of that.
 */
export function limitOf(
  job: Exclude<AnyTableJob, RoundTableJob>,
  config: DecoderConfig,
  machine: MachineSpeed,
): number {
  const { flops, bytes, tokens } = workOf(job, config);
  const seconds = Math.max(flops / (machine.gflops[job.precision] * 1e9), bytes / (machine.gigabytes * 1e9));
  return tokens / seconds;
}

function workOf(job: Exclude<AnyTableJob, RoundTableJob>, config: DecoderConfig): Work {
  if (job.kind === 'train') return trainingOf(job, config);
  const answers =
    job.kind === 'generate'
      ? job.prompts.map((prompt) => ({ prompt: prompt.length, lengths: [job.newTokens] }))
      : job.prompts.map((prompt, i) => ({ prompt: prompt.length, lengths: job.stops[i]! }));
  const rows = job.kind === 'generate' ? job.prompts.length : job.rows;
  return decodingOf(answers, rows, config, job.precision === 'bf16' ? 2 : 4);
}

function trainingOf({ pairs }: TrainTableJob, config: DecoderConfig): Work {
  const { inner, output } = matrixWeights(config);
  let flops = 0;
  let tokens = 0;
  for (const { prompt_ids: prompt, chosen_ids: chosen, rejected_ids: rejected } of pairs) {
    const shared = prompt.length;
    const answers = [chosen.length, rejected.length];
    const own = answers[0]! + answers[1]!;
    const seen = answers.reduce((sum, length) => sum + visible(shared, length), visible(0, shared));
    flops += 6 * (inner * (shared + own) + output * own) + 12 * attention(config) * seen;
    tokens += 2 * shared + own;
  }
  return { flops, bytes: 0, tokens };
}

function decodingOf(
  requests: readonly { prompt: number; lengths: readonly number[] }[],
  rows: number,
  config: DecoderConfig,
  bytesOfNumber: number,
): Work {
  const { inner, output } = matrixWeights(config);
  const work: Work = { flops: 0, bytes: 0, tokens: 0 };
  let cached = 0;
  for (const { prompt, lengths } of requests) {
    work.flops += 2 * inner * prompt + 4 * attention(config) * visible(0, prompt);
    for (const length of lengths) {
      const seen = visible(prompt, length);
      work.flops += 2 * (inner + output) * length + 4 * attention(config) * seen;
      work.tokens += length;
      cached += seen;
    }
  }
  const perPosition = 2 * config.architecture.layers.length * config.keyValueHeads * config.headSize;
  const steps = Math.ceil(work.tokens / rows);
  work.bytes = bytesOfNumber * (steps * (inner + output) + cached * perPosition);
  return work;
}

/** Positions that tokens see, themselves included, when they stand behind others. */
function visible(before: number, count: number): number {
  return before * count + (count * (count + 1)) / 2;
}

function attention({ architecture, heads, headSize }: DecoderConfig): number {
  return architecture.layers.length * heads * headSize;
}

/** Weights of the matrices inside, and of the one that makes logits. */
function matrixWeights(config: DecoderConfig): { inner: number; output: number } {
  const output = config.vocabSize * config.hiddenSize;
  const matrices = weightSpecs(config)
    .filter(({ shape }) => shape.length > 1)
    .map(({ shape }) => shape.reduce((a, b) => a * b, 1));
  const tables = config.tiedEmbeddings ? output : 2 * output;
  return { inner: matrices.reduce((a, b) => a + b, 0) - tables, output };
}

import type { ExampleBatch } from '../../datasets/index.ts';
import type { ExtraInputs } from './lossInputs.ts';
import type { BatchResult, Trainer } from './trainer.ts';

/** float32 noise of two forward passes over the same tokens, relative to the loss. */
const FLOAT32 = 1e-4;

/**
 * bfloat16 noise of a summed log-probability: a logit and the log of the normalizer are rounded by 2^-9 of their size each,
 * which is a few nats where a token's log-probability is one; 2^-7 of the sum, and of one nat for each token, is as much as
 * two passes in different order can differ by.
 */
const BFLOAT16 = 2 ** -7;

/** Log-ratios that a message shows. */
const SHOWN = 8;

/**
 * The gate of a stage's first step: the policy still is its own reference, so the loss is a known constant. A wrong mask,
 * template, end token or type shows here, before it costs a run.
 *
 * In float32 the loss must be the constant within 1e-4, relative to the larger of 1 and the constant. In bfloat16 the
 * log-ratios must be rounding noise, because a loss may turn a little noise into much.
 *
 * @throws {Error} with what was expected and found, and the log-ratios
 */
export function checkStepZero(
  { loss, lossOptions, bf16 }: Pick<Trainer, 'loss' | 'lossOptions' | 'bf16'>,
  batch: Pick<ExampleBatch, 'ids' | 'lengths'>,
  extra: ExtraInputs,
  result: BatchResult,
): void {
  if (!loss.stepZero) return;
  const expected = batch.ids.map((_, row) => loss.stepZero!(lossOptions, labelsOf(extra, row)));
  const mean = expected.reduce((a, b) => a + b, 0) / expected.length;
  const ratios = logRatios(batch, extra, result);
  const holds = bf16
    ? ratios.every(({ ratio, logp, tokens }) => Math.abs(ratio) <= BFLOAT16 * (Math.abs(logp) + tokens))
    : Math.abs(result.loss - mean) <= FLOAT32 * Math.max(1, mean);
  if (holds) return;
  const worst = ratios.toSorted((a, b) => Math.abs(b.ratio) - Math.abs(a.ratio)).slice(0, SHOWN);
  const shown = worst.map(({ id, side, ratio }) => `${id} ${side} ${ratio.toPrecision(3)}`).join(', ');
  throw new Error(
    `Step 0: policy and reference are the same weights, so the loss must be ${mean}, and it is ${result.loss}: the two ` +
      `passes see different tokens or masks. Largest log-ratios in nats, which must be 0: ${shown || 'none'}. Were the ` +
      'reference log-probabilities computed with these weights, this tokenizer and this template? Compute them again.',
  );
}

function labelsOf(extra: ExtraInputs, row: number): Record<string, number> {
  const numbers = Object.entries(extra).map(([key, values]) => [key, values[row]] as const);
  return Object.fromEntries(numbers.filter((entry): entry is [string, number] => typeof entry[1] === 'number'));
}

interface LogRatio {
  id: string;
  side: string;
  ratio: number;
  logp: number;
  tokens: number;
}

function logRatios(
  { ids, lengths }: Pick<ExampleBatch, 'ids' | 'lengths'>,
  extra: ExtraInputs,
  { logps }: BatchResult,
): LogRatio[] {
  const sides = [
    ['chosen', extra['refChosenLogps']],
    ['rejected', extra['refRejectedLogps']],
  ] as const;
  return sides.flatMap(([side, reference], index) =>
    reference instanceof Float32Array
      ? ids.map((id, row) => {
          const logp = reference[row]!;
          return { id, side, ratio: logps[index]![row]! - logp, logp, tokens: lengths[index]![row]! };
        })
      : [],
  );
}

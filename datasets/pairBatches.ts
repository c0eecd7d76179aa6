import { UserError } from '../src/base/userError.ts';
import { exampleBatches, type BatchOptions, type ExampleBatch } from './exampleBatches.ts';
import { listProblems } from './listProblems.ts';
import { sequenceLength, type Example } from './tokenBatch.ts';

/** A preference pair as tokens. Each completion ends in one end token, unless it was cut: the caller sees to that. */
export interface TokenizedPair {
  id: string;
  promptIds: readonly number[];
  chosenIds: readonly number[];
  rejectedIds: readonly number[];
}

/** A response as tokens, for losses of single responses. It ends in one end token, unless it was cut. */
export interface TokenizedSample {
  id: string;
  promptIds: readonly number[];
  completionIds: readonly number[];
}

/**
 * Batches of preference pairs of one epoch: sequences are all chosen ones, then all rejected ones. A batch depends on the
 * options and its index only, so a run resumes at any index.
 *
 * @throws {UserError} when a pair has an empty prompt or completion, or is longer than `maxLength`
 * @throws {RangeError} when a size is not a whole number above 0, or `microBatchSize` does not divide `batchSize`
 * @example for (const batch of pairBatches(pairs, { batchSize: 4, maxLength: 256, padTokenId: 0, order: 'given' })) step(batch);
 */
export function pairBatches(pairs: readonly TokenizedPair[], options: BatchOptions): Generator<ExampleBatch, void> {
  const examples = pairs.map(({ id, promptIds, chosenIds, rejectedIds }) => {
    return { id, promptIds, completions: [chosenIds, rejectedIds] };
  });
  checkExamples(examples, options.maxLength, 'pairs', ['chosenIds', 'rejectedIds']);
  return exampleBatches(examples, options);
}

/** As {@link pairBatches}, of single responses. */
export function sampleBatches(
  samples: readonly TokenizedSample[],
  options: BatchOptions,
): Generator<ExampleBatch, void> {
  const examples = samples.map(({ id, promptIds, completionIds }) => ({ id, promptIds, completions: [completionIds] }));
  checkExamples(examples, options.maxLength, 'samples', ['completionIds']);
  return exampleBatches(examples, options);
}

function checkExamples(examples: readonly Example[], maxLength: number, what: string, names: readonly string[]): void {
  const problems: string[] = [];
  for (const example of examples) {
    if (example.promptIds.length === 0) problems.push(`${example.id}: promptIds is empty`);
    example.completions.forEach((completion, side) => {
      if (completion.length === 0) problems.push(`${example.id}: ${names[side]} is empty`);
    });
    const length = sequenceLength(example);
    if (length > maxLength) problems.push(`${example.id}: ${length} tokens`);
  }
  if (problems.length === 0) return;
  throw new UserError(
    `${what}.tokens`,
    `${what}: expected a prompt and completions, at most ${maxLength} tokens together, found:\n` +
      `${listProblems(problems)}\nDrop these ${what} or shorten them.`,
  );
}

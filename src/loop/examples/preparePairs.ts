import { readPairs, tokenizePairs, type PreferencePair } from '../../../datasets/index.ts';
import type { LabelledPairs } from '../../training/index.ts';
import { checkLabels } from '../rounds/checkLabels.ts';
import { formatOf, notesOn, promptsOf, type PreparedExamples, type ReadExamplesOptions } from './preparedExamples.ts';

/**
 * Reads and tokenizes the preference pairs that an offline recipe trains on, before the run's folder exists: a faulty file
 * leaves nothing behind. Labels are what every pair has: the probability that the chosen answer is better, and rewards
 * by its margin, of which losses read the difference only.
 *
 * @throws {UserError} as readPairs and tokenizePairs, and when a label of the loss is missing
 */
export async function preparePairs(options: ReadExamplesOptions & { pairs: string }): Promise<PreparedExamples> {
  const { pairs: source, tokenizer, contextLength, maxLength = contextLength, limit, adapter, skipBad } = options;
  const { pairs, ...report } = await readPairs(source, { limit, skipBad, ...(adapter ? { adapter } : {}) });
  const format = await formatOf(source, options);
  const { kept, dropped, truncated } = tokenizePairs(tokenizer, pairs, {
    maxLength: Math.min(maxLength, contextLength),
    longPairs: options.longExamples,
    format,
  });
  const byId = new Map(pairs.map((pair) => [pair.id, pair]));
  const rows = kept.map(({ id }) => byId.get(id)!);
  const labels = labelsOf(rows);
  if (options.loss) checkLabels(options.loss, Object.keys(labels), `the pairs of ${source} do`);
  return {
    pairs: kept,
    labels,
    prompts: promptsOf(rows.map((row) => ({ ...row, source }))),
    format,
    notes: notesOn('pairs', report, kept.length, dropped, truncated.answers),
  };
}

function labelsOf(pairs: readonly PreferencePair[]): LabelledPairs['labels'] {
  const probabilities = pairs.flatMap(({ chosenProbability }) => chosenProbability ?? []);
  const margins = pairs.flatMap(({ scoreMargin }) => scoreMargin ?? []);
  const zeros = pairs.map(() => 0);
  return {
    ...(probabilities.length === pairs.length && { chosenProbs: probabilities, softLabels: probabilities }),
    ...(margins.length === pairs.length && {
      chosenGtRewards: margins,
      rejectedGtRewards: zeros,
      chosenValues: margins,
      rejectedValues: zeros,
    }),
  };
}

import { readResponses, tokenizeResponses } from '../../../datasets/index.ts';
import type { LabelledPairs } from '../../training/index.ts';
import { checkLabels } from '../rounds/checkLabels.ts';
import { formatOf, notesOn, promptsOf, type PreparedExamples, type ReadExamplesOptions } from './preparedExamples.ts';

/**
 * Reads and tokenizes the single answers that a recipe trains on, before the run's folder exists: a faulty file leaves nothing
 * behind. Where every answer has a label, it is there as `desirable`, 1 or 0.
 *
 * @throws {UserError} as readResponses and tokenizeResponses, and when a label of the loss is missing
 */
export async function prepareResponses(
  options: ReadExamplesOptions & { responses: string },
): Promise<PreparedExamples> {
  const { responses: source, tokenizer, contextLength, maxLength = contextLength, limit, adapter, skipBad } = options;
  const { responses, ...report } = await readResponses(source, { limit, skipBad, ...(adapter ? { adapter } : {}) });
  const format = await formatOf(source, options);
  const { kept, dropped, truncated } = tokenizeResponses(tokenizer, responses, {
    maxLength: Math.min(maxLength, contextLength),
    longResponses: options.longExamples,
    format,
  });
  const byId = new Map(responses.map((response) => [response.id, response]));
  const rows = kept.map(({ id }) => byId.get(id)!);
  const desirable = rows.flatMap(({ label }) => (label === undefined ? [] : Number(label)));
  const labels: LabelledPairs['labels'] = desirable.length === rows.length ? { desirable } : {};
  if (options.loss) checkLabels(options.loss, Object.keys(labels), `the answers of ${source} do`);
  return {
    pairs: kept,
    labels,
    prompts: promptsOf(rows),
    format,
    notes: notesOn('answers', report, kept.length, dropped, truncated),
  };
}

import { createHash } from 'node:crypto';

import { checkCount } from './checkOption.ts';
import { ngramIndex, type IndexedText } from './ngramIndex.ts';
import { checkFields, fieldOf, textsOf } from './rowFields.ts';
import { rowStream, type RowStream, type Rows } from './rowStream.ts';

/** Texts that a model will be measured on, such as the instructions of AlpacaEval. */
export interface EvaluationSet {
  /** What to call it in the metadata, such as `alpaca_eval`. */
  name: string;
  items: readonly IndexedText[];
}

export interface DecontaminateOptions<T> {
  against: EvaluationSet;
  /** Fields to search: text, or messages, whose contents are searched one by one. */
  fields: readonly (keyof T & string)[];
  /** Words that must be the same in a row. Default 13. */
  ngram?: number;
  /** Share of an evaluation text's words, in [0, 1), that may stand in n-grams of one row. Default 0. */
  threshold?: number;
}

/** A row that was left out, and the evaluation text it holds most of. */
export interface ContaminatedRow {
  /** The row's `id`, or its number from 1 where it has none. */
  id: string;
  /** Id of the evaluation text. */
  matched: string;
  /** Words that both have, in lower case and without punctuation. */
  ngram: string;
  /** Share of the evaluation text's words that stand in n-grams of the row. */
  covered: number;
}

export interface DecontaminatedRows<T> extends RowStream<T> {
  /** The rows left out so far. */
  dropped(): readonly ContaminatedRow[];
  /** How many rows left out so far hold each evaluation text, by its id; those found in none are not named. */
  matches(): Record<string, number>;
}

/**
 * Leaves out rows that hold n words in succession of a text from an evaluation set. Words are compared in lower case,
 * without punctuation and symbols, in Unicode's form NFKC; in scripts without spaces each character is a word. A text of
 * fewer than n words must be in the row whole, and one of fewer than 8 must be all that a field or message says.
 *
 * By default one n-gram of 13 words is enough, as in GPT-3's filter. `{ ngram: 8, threshold: 0.5 }` is the rule of Tulu 3: more
 * than half of the evaluation text's words stand in 8-grams of the row. It finds rewritten texts, and spares rows that share a
 * turn of phrase. Streams: memory grows with the evaluation set and the rows left out only.
 *
 * @throws {RangeError} when no field is named or a row lacks one, there are no evaluation texts, or an option is out of range
 * @see Brown et al. 2020, Language Models are Few-Shot Learners, appendix C (13-grams; lengths of 8 to 13 words)
 * @see Lambert et al. 2024, Tulu 3, section 3.2 (8-grams, more than 50% of the tokens of a test instance)
 * @example
 * const items = prompts.map(({ id, messages }) => ({ id, text: messages.at(-1)!.content }));
 * const stream = decontaminate(pairs, { against: { name: 'alpaca_eval', items }, fields: ['prompt', 'chosen', 'rejected'] });
 * const { rows, entry } = await collectRows(stream);
 * console.log(stream.dropped());
 */
export function decontaminate<T extends object>(
  rows: Rows<T>,
  { against, fields, ngram = 13, threshold = 0 }: DecontaminateOptions<T>,
): DecontaminatedRows<T> {
  checkFields('decontaminate', fields);
  checkCount('decontaminate', 'ngram', ngram, 1);
  checkThreshold(threshold);
  checkItems(against);
  const index = ngramIndex(against.items, ngram);
  const dropped: ContaminatedRow[] = [];
  const counts = { contaminated: 0 };
  const matches = new Map<string, number>();
  const { name, items } = against;
  const options = { against: name, sha256: hashOf(items), texts: items.length, fields: [...fields], ngram, threshold };
  const stream = rowStream({ name: 'decontaminate', options, dropped: counts }, rows, async function* (source) {
    let rowNumber = 0;
    for await (const row of source) {
      rowNumber++;
      const texts = fields.flatMap((field) => textsOf(fieldOf('decontaminate', row, rowNumber, field)));
      const found = index.find(texts).filter(({ covered }) => covered > threshold);
      if (found.length === 0) {
        yield row;
        continue;
      }
      for (const { id } of found) matches.set(id, (matches.get(id) ?? 0) + 1);
      const { id: matched, ...most } = found.reduce((best, other) => (other.covered > best.covered ? other : best));
      dropped.push({ id: idOf(row, rowNumber), matched, ...most });
      counts.contaminated++;
    }
  });
  return Object.assign(stream, { dropped: () => dropped, matches: () => Object.fromEntries(matches) });
}

function checkThreshold(threshold: number): void {
  if (threshold >= 0 && threshold < 1) return;
  throw new RangeError(
    `decontaminate: threshold must be a share in [0, 1), got ${threshold}. Leave it out to drop a row for any shared n-gram.`,
  );
}

function checkItems({ name, items }: EvaluationSet): void {
  if (items.length > 0) return;
  throw new RangeError(`decontaminate: against.items must have at least one text, ${name} has none. Name another set.`);
}

/** The same for the same texts under the same ids. */
function hashOf(items: readonly IndexedText[]): string {
  const contents = items.map(({ id, text }) => [id, text]);
  return createHash('sha256').update(JSON.stringify(contents)).digest('hex');
}

function idOf(row: object, rowNumber: number): string {
  return 'id' in row && typeof row.id === 'string' ? row.id : String(rowNumber);
}

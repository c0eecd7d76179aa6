import type { JudgmentCost } from 'nashtune/judges';

import type { Annotation } from './readAnnotations.ts';

/** Names of the columns, those of new versions of alpaca_eval before those of old ones and ours. */
const SECONDS = ['preference_time_per_example', 'time_per_example'] as const;
const DOLLARS = ['preference_price_per_example', 'price_per_example'] as const;

/** What annotations took together, as far as they say. `dollars` is absent where none tells a price. */
export function annotationCost(rows: readonly Annotation[]): Pick<JudgmentCost, 'seconds' | 'dollars'> {
  const seconds = rows.flatMap((row) => numberIn(row, SECONDS));
  const dollars = rows.flatMap((row) => numberIn(row, DOLLARS));
  return { seconds: sum(seconds), ...(dollars.length > 0 ? { dollars: sum(dollars) } : {}) };
}

function numberIn(row: Annotation, names: readonly string[]): number[] {
  const found = names.map((name) => row[name]).find((value) => typeof value === 'number');
  return found === undefined || !Number.isFinite(found) ? [] : [found];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

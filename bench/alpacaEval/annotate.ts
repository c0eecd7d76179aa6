import type { Judge, JudgeOptions } from 'nashtune/judges';

import type { MatchedOutputs } from './matchOutputs.ts';
import type { Annotation } from './readAnnotations.ts';

/** Who is compared. */
export interface AnnotatedModels {
  model: string;
  baseline: string;
}

/** Annotations of all pairs, old ones kept, and how many are new. */
export interface NewAnnotations {
  rows: Annotation[];
  asked: number;
  /** New ones without a preference. */
  failed: number;
}

/**
 * Asks a judge which output is better, for the pairs that have no annotation yet. Equal outputs are a draw without asking.
 * Failed annotations of before are asked again.
 *
 * @param known annotations of an earlier run: kept where instruction, outputs and judge are the same
 * @returns one annotation for each pair, in their order
 */
export async function annotate(
  judge: Judge,
  pairs: readonly MatchedOutputs[],
  { model, baseline }: AnnotatedModels,
  { known = [], ...options }: JudgeOptions & { known?: readonly Annotation[] } = {},
): Promise<NewAnnotations> {
  const kept = new Map(
    known
      .filter(({ annotator, preference }) => annotator === judge.id && preference !== null)
      .map((row) => [keyOf(row.instruction, row.output_1, row.output_2), row]),
  );
  const rows = pairs.map(({ instruction, dataset, baseline: output_1, model: output_2 }): Annotation => {
    const before = kept.get(keyOf(instruction, output_1, output_2));
    if (before) return { ...before, generator_1: baseline, generator_2: model };
    return {
      instruction,
      output_1,
      generator_1: baseline,
      ...(dataset === undefined ? {} : { dataset }),
      output_2,
      generator_2: model,
      annotator: judge.id,
      preference: output_1 === output_2 ? 1.5 : null,
    };
  });
  const open = rows.filter(({ preference }) => preference === null);
  const verdicts = await judge.compare(
    open.map(({ instruction, output_1, output_2 }, at) => ({
      id: String(at),
      prompt: [{ role: 'user', content: instruction }],
      a: output_1,
      b: output_2,
    })),
    options,
  );
  for (const [at, { pFirst, error, raw, cost }] of verdicts.entries()) {
    const row = open[at]!;
    row.preference = pFirst === undefined ? null : 2 - pFirst;
    if (raw !== undefined) row['raw_completion'] = raw;
    if (error !== undefined) row['error'] = error;
    if (cost) row['time_per_example'] = cost.seconds;
    if (cost?.dollars !== undefined) row['price_per_example'] = cost.dollars;
  }
  return { rows, asked: open.length, failed: open.filter(({ preference }) => preference === null).length };
}

function keyOf(instruction: string, first: string, second: string): string {
  return JSON.stringify([instruction, first, second]);
}

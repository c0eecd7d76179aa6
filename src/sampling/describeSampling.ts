import type { GenerateOptions } from './generateOptions.ts';

/** How answers were drawn, for the `sampler` column of a samples table: what differs from plain sampling, and by whom. */
export function describeSampling(
  options: Pick<GenerateOptions, 'temperature' | 'topK' | 'topP' | 'minP' | 'repetitionPenalty'>,
  by = 'nashtune',
): string {
  const { temperature, topK, topP = 1, minP = 0, repetitionPenalty = 1 } = options;
  return [
    `${by} temperature=${temperature}`,
    ...(topK === undefined ? [] : [`top_k=${topK}`]),
    ...(topP === 1 ? [] : [`top_p=${topP}`]),
    ...(minP === 0 ? [] : [`min_p=${minP}`]),
    ...(repetitionPenalty === 1 ? [] : [`repetition_penalty=${repetitionPenalty}`]),
  ].join(' ');
}

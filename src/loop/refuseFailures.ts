import { UserError } from '../base/userError.ts';

/** Stops a run whose judge fails too often; what it judged is kept, and asked no more when the run is resumed. */
export function refuseFailures(failed: readonly { error: string | null }[], total: number, share: number): void {
  if (failed.length <= share * total) return;
  const reasons = new Map<string, number>();
  for (const { error } of failed) reasons.set(error!, (reasons.get(error!) ?? 0) + 1);
  const listed = [...reasons]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 5)
    .map(([reason, n]) => `  ${n} times: ${reason}`);
  throw new UserError(
    'judge.failures',
    `The judge failed on ${failed.length} of ${total}, more than maxFailed=${share} allows:\n${listed.join('\n')}\n` +
      'The others are kept. Mend the judge, or raise maxFailed, and go on with --resume.',
  );
}

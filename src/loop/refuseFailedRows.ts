import { refuseFailures } from '../judges/index.ts';

/**
 * Stops a run whose judge fails on more than a share of its questions.
 *
 * @param resumed what a resumed run does then, as the end of a sentence
 * @throws {UserError} `judge.failures`
 */
export function refuseFailedRows(
  rows: readonly { error: string | null }[],
  maxFailed: number,
  resumed = 'asks only what failed',
): void {
  refuseFailures(
    rows.map(({ error }) => (error === null ? {} : { error })),
    { maxFailed, goOn: `The run with --resume (after a change of options with --resume --force) ${resumed}.` },
  );
}

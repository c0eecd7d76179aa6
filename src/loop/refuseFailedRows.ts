import { refuseFailures } from '../judges/index.ts';

/**
 * Stops a run whose judge fails on more than a share of its questions. What was judged is in the round's folder, and the
 * resumed run asks only what failed.
 *
 * @throws {UserError} `judge.failures`
 */
export function refuseFailedRows(rows: readonly { error: string | null }[], maxFailed: number): void {
  refuseFailures(
    rows.map(({ error }) => (error === null ? {} : { error })),
    {
      maxFailed,
      goOn: 'Then go on with --resume (after a change of options with --resume --force): only what failed is asked again.',
    },
  );
}

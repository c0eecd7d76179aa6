import type { LengthPriorFile } from '../../../../bench/index.ts';
import type { Session } from '../../command.ts';

/**
 * The prior that `--lc-prior` names: files, or the official one, which is fetched.
 *
 * @throws {UserError} when it cannot be had or read
 */
export async function lengthPriorOf(
  paths: readonly string[] | undefined,
  session: Session,
): Promise<LengthPriorFile | undefined> {
  if (paths === undefined) return undefined;
  const { fetchLengthPrior, OFFICIAL_LENGTH_PRIOR, readLengthPrior } = await import('../../../../bench/index.ts');
  const isOfficial = paths.length === 1 && paths[0] === OFFICIAL_LENGTH_PRIOR;
  const fetching = { signal: session.io.interruptSignal(), onMessage: session.note };
  return readLengthPrior(...(isOfficial ? await fetchLengthPrior(fetching) : paths));
}

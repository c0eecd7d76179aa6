import { UserError } from '../base/userError.ts';
import { errorCounts } from './errorCounts.ts';
import { errorLines } from './errorLines.ts';
import type { Verdict } from './judge.ts';
import { soundVerdict } from './soundVerdict.ts';

/** How many failures of a judge are let pass. */
export interface FailureLimit {
  /** Largest share of questions without a verdict, 0 to 1; where it is 1, one verdict is enough. */
  maxFailed: number;
  /** What the user calls it, for the error. Default `maxFailed`. */
  option?: string;
  /** A sentence that ends the error: how to go on. */
  goOn?: string;
}

/**
 * Refuses the verdicts of a judge that failed on more of them than is let pass, or on all: those that are left would stand
 * for the rows on which the judge happens to work.
 *
 * @throws {UserError} `judge.failures`, with the commonest reasons
 * @throws {RangeError} for a share that is none
 * @example refuseManyFailures(verdicts, { maxFailed: 0.3 });
 */
export function refuseManyFailures(verdicts: readonly Verdict[], limit: FailureLimit): void {
  refuseFailures(verdicts.map(soundVerdict), limit);
}

/**
 * Whether a judge failed on more questions than is let pass, or on all.
 *
 * @throws {RangeError} for a share that is none
 */
export function failsTooOften(
  { failed, total }: { failed: number; total: number },
  { maxFailed, option = 'maxFailed' }: FailureLimit,
): boolean {
  if (!(maxFailed >= 0 && maxFailed <= 1)) throw new RangeError(`${option} must be from 0 to 1, got ${maxFailed}.`);
  return failed > 0 && (failed > maxFailed * total || failed === total);
}

/** As `refuseManyFailures`, for anything that has an error where it failed. */
export function refuseFailures(answers: readonly { error?: string }[], limit: FailureLimit): void {
  const total = answers.length;
  const failed = answers.filter(({ error }) => error !== undefined).length;
  if (!failsTooOften({ failed, total }, limit)) return;
  const { maxFailed, option = 'maxFailed', goOn } = limit;
  const [found, step] =
    failed === total
      ? [`all ${total} questions`, '']
      : [`${failed} of ${total} questions; a share of ${maxFailed} may fail`, `, or raise ${option}`];
  throw new UserError(
    'judge.failures',
    `The judge failed on ${found}:\n${errorLines(errorCounts(answers))}\nMend the judge or the data${step}.${goOn === undefined ? '' : ` ${goOn}`}`,
  );
}

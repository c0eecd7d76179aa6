import { countReasons, describeProblem, type RowReport } from '../../../../datasets/index.ts';
import { UserError } from '../../../base/userError.ts';
import { listProblems } from '../../../../datasets/listProblems.ts';

/** The error for bad rows, or for no rows at all. */
export function noGoodRows(place: string, kind: string, { rows, good, bad, reasons, problems }: RowReport): UserError {
  if (rows === 0) {
    return new UserError('input.empty', `${place}: expected rows, found none. Name a file that has some.`);
  }
  const listed = listProblems(problems.map((problem) => describeProblem(place, problem)));
  const step =
    good === 0 ? 'Name another file, or another --adapter.' : 'Mend them, or leave them out with --skip-bad.';
  return new UserError(
    'rows.bad',
    `${place}: expected ${kind} in each row, found ${good} good rows and ${bad} bad ones (${countReasons(reasons)}):\n${listed}\n${step}`,
  );
}

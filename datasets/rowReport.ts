import type { FaultReason, RowFault } from './adapters/rowFault.ts';
import type { ReadRow } from './readers/readRows.ts';

/** What is wrong with one row, and where it stands. */
export interface RowProblem {
  /** The file, as it was named. */
  file: string;
  /** Where in it: `line 7`, or `row 7` of a file without lines. */
  at: string;
  reason: FaultReason;
  /** The field at fault, such as `messages[2].content`; absent where the row as a whole is. */
  field?: string;
  /** What the field holds: its JSON, cut. */
  value?: string;
  /** A sentence: what was expected and found. */
  why: string;
}

/** What the rows of a dataset are like. */
export interface RowReport {
  /** Rows read: {@link good} and {@link bad} together. */
  rows: number;
  good: number;
  bad: number;
  /** What the good rows hold in all: pairs, prompts or responses. One row may hold several. */
  items: number;
  /** What is wrong with the bad rows, in file order. */
  problems: RowProblem[];
  /** How often each reason was found, also among problems that are not listed. */
  reasons: Partial<Record<FaultReason, number>>;
  /** How many rows each adapter read, by its name. */
  adapters: Record<string, number>;
  /** What is no fault of one row: formats that are mixed. One sentence each. */
  warnings: string[];
}

/** Counts rows while they are read. */
export class RowTally {
  readonly #report: RowReport;
  readonly #maxProblems: number;

  /** @param maxProblems how many problems are listed; all are counted */
  constructor(maxProblems = Infinity) {
    this.#maxProblems = maxProblems;
    this.#report = { rows: 0, good: 0, bad: 0, items: 0, problems: [], reasons: {}, adapters: {}, warnings: [] };
  }

  addGood(adapter: string, items: number): void {
    this.#report.rows++;
    this.#report.good++;
    this.#report.items += items;
    this.#report.adapters[adapter] = (this.#report.adapters[adapter] ?? 0) + 1;
  }

  addBad({ file, at }: Pick<ReadRow, 'file' | 'at'>, faults: readonly RowFault[]): void {
    this.#report.rows++;
    this.#report.bad++;
    for (const { reason, why, field, value } of faults) {
      this.#report.reasons[reason] = (this.#report.reasons[reason] ?? 0) + 1;
      if (this.#report.problems.length >= this.#maxProblems) continue;
      this.#report.problems.push({
        file,
        at,
        reason,
        ...(field === undefined ? {} : { field }),
        ...(value === undefined ? {} : { value }),
        why,
      });
    }
  }

  report(): RowReport {
    const formats = Object.entries(this.#report.adapters).sort(([, a], [, b]) => b - a);
    const mixed = formats.map(([name, rows]) => `${name} (${rows} rows)`).join(', ');
    const warnings = formats.length > 1 ? [`The rows mix ${formats.length} formats: ${mixed}.`] : [];
    return { ...this.#report, warnings };
  }
}

/** One line on a problem; the file is named where it is not the place that was read. */
export function describeProblem(place: string, { file, at, why }: RowProblem): string {
  return file === place ? `${at}: ${why}` : `${file}, ${at}: ${why}`;
}

/** Such as `5 two-prompts, 4 empty-answer`, the most frequent first. */
export function countReasons(reasons: RowReport['reasons']): string {
  const counts = Object.entries(reasons).sort(([, a], [, b]) => b - a);
  return counts.map(([reason, count]) => `${count} ${reason}`).join(', ');
}

/** A row, or what is wrong with what stands in its place: in which file, and where there (`line 7`, `row 7`). */
export type ReadRow = {
  /** The file as the user named it, or as it was found. */
  file: string;
  at: string;
  /** Of the line or row in its file, from 1. */
  number: number;
} & RowOrProblem;

/** What stands in the place of a row. */
export type RowOrProblem = { row: Record<string, unknown> } | { problem: string };

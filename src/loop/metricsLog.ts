import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

import { makeFolder } from '../base/makeFolder.ts';
import { UserError } from '../base/userError.ts';
import { fsyncPath, writeFileAtomic } from '../base/writeFileAtomic.ts';

/** One row of measurements, a line of `metrics.jsonl`: `{"round":1,"stage":"train","step":3,"loss":0.69}`. */
export interface MetricsRow {
  /** Counted from 1; 0 for what is measured before the first round. */
  round: number;
  stage: string;
  /** Update step, counted over the whole run; left out in rows about a whole stage. */
  step?: number;
  /** The numbers by name, each finite, in the order in which they are written. */
  values: Readonly<Record<string, number>>;
}

interface Line {
  row: MetricsRow;
  /** The line's bytes, its newline included. */
  text: string;
}

const KEYS = new Set(['round', 'stage', 'step']);

/**
 * An append-only file of measurements, JSON Lines, one write per row, so that it can be watched while it grows.
 *
 * To resume a run with equal bytes: call `sync` before each checkpoint (its rows are then on disk), and after a restart
 * `rewindTo` the rows that the checkpoint accounts for, then append the rest again. A line that a killed process left
 * half written is dropped on opening.
 */
export class MetricsLog {
  readonly path: string;
  #lines: Line[];
  #file: number;
  #size: number;

  private constructor(path: string, lines: Line[]) {
    this.path = path;
    this.#lines = lines;
    this.#size = sizeOf(lines);
    this.#file = openSync(path, 'a');
    ftruncateSync(this.#file, this.#size);
  }

  /**
   * Opens a log, creating it (and its folder) when missing.
   *
   * @throws {UserError} `metrics.malformed` when a complete line is not a row, naming each such line
   */
  static async open(path: string): Promise<MetricsLog> {
    await makeFolder(dirname(path));
    const exists = existsSync(path);
    const log = new MetricsLog(path, exists ? readLines(path) : []);
    if (!exists) await fsyncPath(dirname(path));
    return log;
  }

  /** All rows, oldest first. */
  get rows(): readonly MetricsRow[] {
    return this.#lines.map((line) => line.row);
  }

  /**
   * Appends a row; when it returns, other processes see it. A row that fails to be written leaves nothing behind.
   *
   * @throws {RangeError} when a number is not finite, a name is taken (`round`, `stage`, `step`), or round or step is
   * not a whole number
   */
  append(row: MetricsRow): void {
    const text = lineOf(row);
    const bytes = Buffer.from(text);
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done);
    } catch (error) {
      ftruncateSync(this.#file, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.#lines.push({ row: { ...row, values: { ...row.values } }, text });
  }

  /** Forces all rows to disk, so that not even a power cut loses them. */
  sync(): void {
    fdatasyncSync(this.#file);
  }

  /** Keeps only the rows for which `keep` holds, replacing the file atomically. */
  async rewindTo(keep: (row: MetricsRow) => boolean): Promise<void> {
    const kept = this.#lines.filter((line) => keep(line.row));
    if (kept.length === this.#lines.length) return;
    await writeFileAtomic(this.path, kept.map((line) => line.text).join(''));
    closeSync(this.#file);
    this.#file = openSync(this.path, 'a');
    this.#lines = kept;
    this.#size = sizeOf(kept);
  }

  close(): void {
    closeSync(this.#file);
  }
}

/**
 * The rows of a log that may still be growing: a half-written last line is passed over, the file is not changed.
 *
 * @throws {UserError} `metrics.missing` when there is no such file; `metrics.malformed` as `MetricsLog.open`
 */
export function readMetrics(path: string): MetricsRow[] {
  if (!existsSync(path)) {
    throw new UserError('metrics.missing', `There is no metrics file "${path}". Give the folder of a run.`);
  }
  return readLines(path).map((line) => line.row);
}

function lineOf({ round, stage, step, values }: MetricsRow): string {
  const where = `metrics row of round ${round}, stage "${stage}"${step === undefined ? '' : `, step ${step}`}`;
  for (const [name, number] of Object.entries({ round, step: step ?? 0 })) {
    if (!Number.isSafeInteger(number) || number < 0) throw new RangeError(`${where}: ${name} must be a whole number.`);
  }
  for (const [name, number] of Object.entries(values)) {
    if (KEYS.has(name)) throw new RangeError(`${where}: the name "${name}" is taken. Choose another name.`);
    if (!Number.isFinite(number)) throw new RangeError(`${where}: ${name} must be a finite number, got ${number}.`);
  }
  return `${JSON.stringify({ round, stage, ...(step !== undefined && { step }), ...values })}\n`;
}

function readLines(path: string): Line[] {
  const content = readFileSync(path, 'utf8');
  const texts = content.slice(0, content.lastIndexOf('\n') + 1).match(/[^\n]*\n/g) ?? [];
  const parsed = texts.map((text) => ({ text, row: parseRow(text) }));
  const bad = parsed.flatMap(({ row }, i) => (row === undefined ? [i + 1] : []));
  if (bad.length > 0) {
    throw new UserError(
      'metrics.malformed',
      `${path}: expected JSON rows with round, stage and numbers; found something else in line ${bad.join(', ')}. ` +
        'Delete these lines to go on.',
    );
  }
  return parsed.flatMap(({ text, row }) => (row === undefined ? [] : [{ text, row }]));
}

function parseRow(text: string): MetricsRow | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { round, stage, step, ...rest } = parsed as Record<string, unknown>;
  if (typeof round !== 'number' || typeof stage !== 'string') return undefined;
  if (step !== undefined && typeof step !== 'number') return undefined;
  const values: Record<string, number> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value !== 'number') return undefined;
    values[name] = value;
  }
  return { round, stage, ...(step !== undefined && { step }), values };
}

function sizeOf(lines: readonly Line[]): number {
  return lines.reduce((sum, line) => sum + Buffer.byteLength(line.text), 0);
}

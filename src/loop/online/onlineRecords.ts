import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import {
  createArrowWriter,
  readArrowTable,
  writeArrowFile,
  type JudgmentRow,
  type SampleRow,
} from '../../../datasets/index.ts';

/** What the steps of a round sampled and judged. */
export interface OnlineRows {
  samples: SampleRow[];
  judgments: JudgmentRow[];
}

/**
 * Keeps the rows of steps in pieces, one at each checkpoint, so that a run that is killed has those of the steps before it
 * and no others. The tables have an extra column `step`.
 */
export interface OnlineRecords {
  /** Rows of the steps since the last piece. */
  readonly waiting: Readonly<OnlineRows>;
  add(step: number, rows: OnlineRows): void;
  /** Writes what waits, as the rows of the steps up to this one. */
  flush(step: number): Promise<void>;
  /** Joins all pieces into one file for each table. */
  join(paths: Readonly<Record<keyof OnlineRows, string>>): Promise<void>;
}

const TABLES = ['samples', 'judgments'] as const;
const NAME = /^(samples|judgments)-(\d+)\.arrow$/;

/**
 * Opens the pieces in a folder.
 *
 * @param done steps that the last checkpoint accounts for; later pieces are removed, as their steps are taken again
 */
export async function openOnlineRecords(folder: string, done: number): Promise<OnlineRecords> {
  const ends = new Set<number>();
  for (const name of await readdir(folder).catch(() => [])) {
    const end = Number(NAME.exec(name)?.[2] ?? 0);
    if (end > done) await rm(join(folder, name));
    else if (end > 0) ends.add(end);
  }
  const pathOf = (table: keyof OnlineRows, end: number): string => join(folder, `${table}-${end}.arrow`);
  let waiting: OnlineRows = { samples: [], judgments: [] };
  return {
    get waiting() {
      return waiting;
    },
    add: (step, { samples, judgments }) => {
      waiting.samples.push(...samples.map((row) => ({ ...row, step })));
      waiting.judgments.push(...judgments.map((row) => ({ ...row, step })));
    },
    flush: async (step) => {
      for (const table of TABLES) await writeArrowFile(pathOf(table, step), table, waiting[table]);
      waiting = { samples: [], judgments: [] };
      ends.add(step);
    },
    join: async (paths) => {
      const order = [...ends].sort((a, b) => a - b);
      for (const table of TABLES) {
        const writer = await createArrowWriter(paths[table], table);
        for (const end of order) {
          const { rows } = await readArrowTable(pathOf(table, end), table);
          // A piece without rows has no extra columns either.
          if (rows.length > 0) await writer.write(rows);
        }
        await writer.close();
      }
    },
  };
}

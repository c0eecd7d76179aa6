import { readFile } from 'node:fs/promises';

import Papa from 'papaparse';

import { UserError } from '../../src/base/userError.ts';
import type { AlpacaEvalFigures } from './alpacaEvalFigures.ts';

/** Columns of AlpacaEval's leaderboard.csv after the model's name. */
const COLUMNS = [
  'win_rate',
  'standard_error',
  'n_wins',
  'n_wins_base',
  'n_draws',
  'n_total',
  'discrete_win_rate',
  'mode',
  'avg_length',
  'length_controlled_winrate',
  'lc_standard_error',
] as const;

/** A model's row, as text; empty where the file has no value. */
export type LeaderboardRow = { model: string } & Record<(typeof COLUMNS)[number], string>;

/** Figures as a row of leaderboard.csv. */
export function leaderboardRow(figures: AlpacaEvalFigures): LeaderboardRow {
  const cells = COLUMNS.map((column) => {
    const value = figures[column];
    return [column, value === null || Number.isNaN(value) ? '' : String(value)] as const;
  });
  return { model: figures.model, ...(Object.fromEntries(cells) as Omit<LeaderboardRow, 'model'>) };
}

/**
 * Reads a leaderboard.csv, its columns in any order; columns that are missing are empty.
 *
 * @throws {UserError} when the file is missing, or has no column for names or win rates
 */
export async function readLeaderboard(path: string): Promise<LeaderboardRow[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(
      'leaderboard.missing',
      `${path}: expected a leaderboard.csv, found no file to read. Check the path.`,
      {
        cause: error,
      },
    );
  }
  const { data, meta } = Papa.parse<Record<string, string>>(text, {
    header: true,
    skipEmptyLines: true,
    // The name's column has none in files that pandas wrote.
    transformHeader: (name, at) => (at === 0 ? 'model' : name),
  });
  if (meta.fields?.includes('win_rate') !== true) {
    throw new UserError(
      'leaderboard.columns',
      `${path}: expected a column "win_rate", found ${meta.fields?.join(', ') ?? 'none'}. Give a leaderboard.csv of AlpacaEval.`,
    );
  }
  return data.map((row) => {
    const cells = COLUMNS.map((column) => [column, row[column] ?? ''] as const);
    return { model: row['model'] ?? '', ...(Object.fromEntries(cells) as Omit<LeaderboardRow, 'model'>) };
  });
}

/**
 * A leaderboard with one row more, in place of an older one of the same model, sorted as AlpacaEval sorts: by the
 * length-controlled win rate, rows without one behind by their win rate.
 */
export function withRow(rows: readonly LeaderboardRow[], row: LeaderboardRow): LeaderboardRow[] {
  return [...rows.filter(({ model }) => model !== row.model), row].toSorted(
    (a, b) => uncontrolled(a) - uncontrolled(b) || figureOf(b) - figureOf(a),
  );
}

function figureOf({ length_controlled_winrate: controlled, win_rate: plain }: LeaderboardRow): number {
  return Number(controlled === '' ? plain : controlled);
}

function uncontrolled(row: LeaderboardRow): number {
  return Number(row.length_controlled_winrate === '');
}

/** The text of a leaderboard.csv, as pandas writes it. */
export function leaderboardCsv(rows: readonly LeaderboardRow[]): string {
  const fields = rows.map((row) => [row.model, ...COLUMNS.map((column) => row[column])]);
  return `${Papa.unparse([['', ...COLUMNS], ...fields], { newline: '\n' })}\n`;
}

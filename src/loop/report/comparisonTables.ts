import { MISSING } from './format.ts';
import type { ComparedRun, RunComparison } from './compareRuns.ts';
import { roundColumns } from './roundColumns.ts';

/** A table with a head; the first cell of each row says what it is about. */
export interface ComparisonTable {
  title: string;
  head: string[];
  rows: string[][];
}

/** What differs, the last round of each run, and all rounds: one column for each run. */
export function comparisonTables(comparison: RunComparison): ComparisonTable[] {
  const names = comparison.runs.map(({ name }) => name);
  const tables = [
    { title: 'What differs', head: ['', ...names], rows: differences(comparison) },
    { title: 'Last round', head: ['', ...names], rows: lastRound(comparison.runs) },
    { title: 'Round by round', head: ['Round', '', ...names], rows: allRounds(comparison.runs) },
  ];
  return tables.filter(({ rows }) => rows.length > 0);
}

function differences({ differences }: RunComparison): string[][] {
  return differences.map(({ key, values }) => [
    key.replace(/^config\./, ''),
    ...values.map((value) =>
      value === undefined ? MISSING : typeof value === 'string' ? value : JSON.stringify(value),
    ),
  ]);
}

function lastRound(runs: readonly ComparedRun[]): string[][] {
  if (runs.every(({ data }) => data.rounds.length === 0)) return [];
  const rounds = runs.map(({ data }) => String(data.rounds.at(-1)?.round ?? MISSING));
  const unfinished = runs.some(({ data }) => data.missing.length > 0);
  const state = ['finished', ...runs.map(({ data }) => (data.missing.length === 0 ? 'yes' : 'no'))];
  return [
    ['round', ...rounds],
    ...(unfinished ? [state] : []),
    ...figures(runs, (run) => run.data.rounds.at(-1)?.round),
  ];
}

function allRounds(runs: readonly ComparedRun[]): string[][] {
  const rounds = [...new Set(runs.flatMap(({ data }) => data.rounds.map(({ round }) => round)))].sort((a, b) => a - b);
  if (rounds.length < 2) return [];
  return rounds.flatMap((round) => figures(runs, () => round).map((cells) => [String(round), ...cells]));
}

/** A row for each figure that a run has, in the round that `roundOf` chooses. */
function figures(runs: readonly ComparedRun[], roundOf: (run: ComparedRun) => number | undefined): string[][] {
  const found = runs.map((run) => {
    const round = run.data.rounds.find((each) => each.round === roundOf(run));
    const columns = roundColumns(run.data.rounds, run.data.steps);
    return new Map(columns.map(([name, cell]) => [name, round === undefined ? MISSING : cell(round)]));
  });
  const names = [...new Set(found.flatMap((cells) => [...cells.keys()]))];
  return names
    .map((name) => [name, ...found.map((cells) => cells.get(name) ?? MISSING)])
    .filter(([, ...cells]) => cells.some((cell) => cell !== MISSING));
}

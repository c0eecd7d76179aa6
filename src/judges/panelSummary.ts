import type { Verdict } from './judge.ts';
import type { PanelVotes } from './panel.ts';

export interface PanelSummary {
  /** Mean of the comparisons' disagreements (see `createPanel`); NaN where no member has a verdict. */
  disagreement: number;
  /** Share of comparisons in which two members name different winners, ties aside. */
  split: number;
  /** Of each member: comparisons without a verdict, and how often it names the panel's winner where both name one. */
  members: Record<string, { errors: number; agreement: number }>;
}

/** How far the members of a panel agree, from its verdicts. */
export function panelSummary(verdicts: readonly Verdict[]): PanelSummary {
  const told = verdicts.map(({ pFirst, raw }) => ({
    winner: Math.sign((pFirst ?? 0.5) - 0.5),
    ...(JSON.parse(raw!) as { votes: PanelVotes; disagreement?: number }),
  }));
  const winners = told.map(({ votes }) =>
    Object.values(votes).map((vote) => (vote === null ? 0 : Math.sign(vote - 0.5))),
  );
  const ids = Object.keys(told[0]?.votes ?? {});
  return {
    disagreement: mean(told.flatMap(({ disagreement }) => disagreement ?? [])),
    split: mean(winners.map((row) => Number(row.includes(1) && row.includes(-1)))),
    members: Object.fromEntries(
      ids.map((id, i) => {
        const both = told.flatMap(({ winner }, row) =>
          winner === 0 || winners[row]![i] === 0 ? [] : [Number(winner === winners[row]![i])],
        );
        return [id, { errors: told.filter(({ votes }) => votes[id] === null).length, agreement: mean(both) }];
      }),
    ),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

import type { Comparison, Judge, Verdict } from './judge.ts';
import { sumCosts } from './sumCosts.ts';

export interface PanelOptions {
  /** A weight is the judge's share. Default 1. */
  members: readonly { judge: Judge; weight?: number }[];
  /** `mean` (default) of the probabilities; `majority` of the winners, where a member that ties votes for neither. */
  combine?: 'mean' | 'majority';
  /** Members that must have a verdict. Default all; the others' weights then count without the missing. */
  quorum?: number;
}

/** What the members of a panel say about one comparison: null where a member failed. */
export type PanelVotes = Record<string, number | null>;

/**
 * Several judges as one. `raw` of a verdict is JSON with the members' votes, their errors, and their disagreement: the
 * weighted standard deviation of their probabilities, 0 where all agree and 1/2 at most.
 *
 * Disposing it disposes the members.
 *
 * @throws {RangeError} for no members, two of one id, weights that are not positive, or a quorum beyond the members
 */
export function createPanel({ members, combine = 'mean', quorum = members.length }: PanelOptions): Judge {
  checkMembers(members, quorum);
  const weights = members.map(({ weight = 1 }) => weight);
  return {
    id: `panel(${combine} of ${members.map(({ judge }, i) => `${weights[i]} ${judge.id}`).join(', ')}; quorum ${quorum})`,
    readsEarlier: members.every(({ judge }) => judge.readsEarlier === true),
    compare: async (items: readonly Comparison[], { signal, onProgress } = {}) => {
      const columns: Verdict[][] = [];
      for (const [i, { judge }] of members.entries()) {
        columns.push(
          await judge.compare(items, {
            ...(signal ? { signal } : {}),
            ...(onProgress
              ? { onProgress: (done, total) => onProgress(i * total + done, members.length * total) }
              : {}),
          }),
        );
      }
      return items.map((_, row) =>
        verdictOf(
          members.map(({ judge }, i) => ({ id: judge.id, weight: weights[i]!, verdict: columns[i]![row]! })),
          combine,
          quorum,
        ),
      );
    },
    dispose: () => {
      for (const { judge } of members) judge.dispose();
    },
  };
}

function checkMembers(members: PanelOptions['members'], quorum: number): void {
  const ids = members.map(({ judge }) => judge.id);
  const problems = [
    ...(members.length === 0 ? ['it needs members'] : []),
    ...ids.filter((id, i) => ids.indexOf(id) < i).map((id) => `"${id}" is in it twice`),
    ...members
      .filter(({ weight = 1 }) => !(weight > 0 && weight < Infinity))
      .map(({ judge, weight }) => `the weight of "${judge.id}" must be positive, got ${weight}`),
    ...(Number.isInteger(quorum) && quorum >= 1 && quorum <= members.length
      ? []
      : [`quorum must be 1 to ${members.length}, got ${quorum}`]),
  ];
  if (problems.length > 0) throw new RangeError(`createPanel: ${problems.join('; ')}.`);
}

interface Vote {
  id: string;
  weight: number;
  verdict: Verdict;
}

function verdictOf(votes: readonly Vote[], combine: 'mean' | 'majority', quorum: number): Verdict {
  const valid = votes.flatMap(({ weight, verdict: { pFirst } }) => (pFirst === undefined ? [] : [{ weight, pFirst }]));
  const total = valid.reduce((sum, { weight }) => sum + weight, 0);
  const share = (value: (pFirst: number) => number): number =>
    valid.reduce((sum, { weight, pFirst }) => sum + weight * value(pFirst), 0) / total;
  const mean = share((pFirst) => pFirst);
  const failed = votes.flatMap(({ id, verdict: { error, pFirst } }) =>
    pFirst === undefined ? [[id, error ?? 'no verdict'] as const] : [],
  );
  const raw = JSON.stringify({
    votes: Object.fromEntries(votes.map(({ id, verdict }) => [id, verdict.pFirst ?? null])),
    ...(failed.length > 0 ? { errors: Object.fromEntries(failed) } : {}),
    ...(valid.length > 0
      ? {
          disagreement: Math.sqrt(
            Math.max(
              0,
              share((p) => (p - mean) ** 2),
            ),
          ),
        }
      : {}),
  });
  const cost = sumCosts(votes.flatMap(({ verdict }) => verdict.cost ?? []));
  if (valid.length < quorum) {
    return { error: failed.map(([id, error]) => `${id}: ${error}`).join('; '), raw, cost };
  }
  const lead = share((pFirst) => Math.sign(pFirst - 0.5));
  return { pFirst: combine === 'mean' ? mean : (Math.sign(lead) + 1) / 2, raw, cost };
}

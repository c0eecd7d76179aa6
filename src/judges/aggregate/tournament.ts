/** What a tournament found. */
export interface TournamentResult {
  best: number;
  worst: number;
  /** Whether the best beat the worst in the last comparison: INPO trains on the pair only then. */
  kept: boolean;
  /** All comparisons: the first round, the winners' rounds, the losers' rounds, the last one. */
  comparisons: (readonly [number, number])[];
}

/** Probabilities that the first of each pair wins; undefined where that is not known. */
export type ComparePairs = (
  pairs: readonly (readonly [number, number])[],
) => Promise<readonly (number | undefined)[]> | readonly (number | undefined)[];

/**
 * Finds the best and the worst of `size` answers by a knock-out tournament, as INPO does with a preference model: winners
 * go on for the best, losers for the worst, and at last the best meets the worst. A tie counts for the one named first; an
 * odd one out goes on unplayed. 8 answers take 11 comparisons in 4 batches, in place of 28.
 *
 * @returns undefined when a comparison has no result
 * @see Zhang et al. 2024, arXiv:2407.00617, section 5; the bracket follows its prose
 * @example const result = await tournament(8, (pairs) => askJudge(pairs));
 */
export async function tournament(size: number, compare: ComparePairs): Promise<TournamentResult | undefined> {
  if (!(Number.isInteger(size) && size >= 2)) throw new RangeError(`tournament: 2 answers or more, got ${size}.`);
  const rounds: Record<'first' | 'winners' | 'losers' | 'last', (readonly [number, number])[]> = {
    first: pairUp(Array.from({ length: size }, (_, i) => i)),
    winners: [],
    losers: [],
    last: [],
  };
  const first = await play(rounds.first, compare);
  if (!first) return undefined;
  const odd = size % 2 === 1 ? [size - 1] : [];
  let winners = [...first.map(({ winner }) => winner), ...odd];
  let losers = [...first.map(({ loser }) => loser), ...odd];
  while (winners.length > 1 || losers.length > 1) {
    const [up, down] = [pairUp(winners), pairUp(losers)];
    const played = await play([...up, ...down], compare);
    if (!played) return undefined;
    rounds.winners.push(...up);
    rounds.losers.push(...down);
    winners = [...played.slice(0, up.length).map(({ winner }) => winner), ...oddOne(winners)];
    losers = [...played.slice(up.length).map(({ loser }) => loser), ...oddOne(losers)];
  }
  const [best, worst] = [winners[0]!, losers[0]!];
  if (best !== worst && size > 2) rounds.last.push([best, worst]);
  const pair = best === worst ? [] : ([[best, worst]] as const);
  const last = size === 2 ? first : await play(pair, compare);
  if (!last) return undefined;
  const comparisons = [...rounds.first, ...rounds.winners, ...rounds.losers, ...rounds.last];
  return { best, worst, kept: last.some(({ p }) => p > 0.5 || (size === 2 && p < 0.5)), comparisons };
}

function pairUp(players: readonly number[]): (readonly [number, number])[] {
  return Array.from({ length: Math.floor(players.length / 2) }, (_, i) => [players[2 * i]!, players[2 * i + 1]!]);
}

function oddOne(players: readonly number[]): number[] {
  return players.length % 2 === 1 ? [players.at(-1)!] : [];
}

interface Match {
  winner: number;
  loser: number;
  /** Probability that the one named first wins. */
  p: number;
}

async function play(
  pairs: readonly (readonly [number, number])[],
  compare: ComparePairs,
): Promise<Match[] | undefined> {
  const results = pairs.length === 0 ? [] : await compare(pairs);
  const matches: Match[] = [];
  for (const [i, [a, b]] of pairs.entries()) {
    const p = results[i];
    if (p === undefined) return undefined;
    matches.push(p >= 0.5 ? { winner: a, loser: b, p } : { winner: b, loser: a, p });
  }
  return matches;
}

import { readPairs, splitById, type AdapterChoice, type PreferencePair } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';

export interface ComparisonPairsOptions {
  /** Whatever `readPairs` reads. */
  source: string;
  adapter?: AdapterChoice | undefined;
  limit?: number | undefined;
  skipBad?: string | undefined;
  /** Pairs for evaluation: a share of these, or a source of their own. */
  heldOut: number | string;
  seed: number;
  /** Whether each pair must have a `scoreMargin`. Default false. */
  margins?: boolean;
}

/** Pairs to train a judge on, and others to measure it on. */
export interface ComparisonPairs {
  train: PreferencePair[];
  heldOut: PreferencePair[];
}

/**
 * Reads the pairs that a judge is trained on, and parts off those that it is measured on: pairs of one conversation stay
 * on one side.
 *
 * @throws {UserError} when there are none to train on or none to measure on, none of them prefers an answer, or margins
 *   are missing
 */
export async function comparisonPairs(options: ComparisonPairsOptions): Promise<ComparisonPairs> {
  const { source, adapter, limit, skipBad, heldOut, seed } = options;
  const reading = { limit, skipBad, ...(adapter === undefined ? {} : { adapter }) };
  const { pairs } = await readPairs(source, reading);
  const split = typeof heldOut === 'string' ? await apart(pairs, heldOut, adapter) : shared(pairs, heldOut, seed);
  const isMeasured = typeof heldOut === 'string' || heldOut > 0;
  const problems: string[] = [];
  if (split.train.length === 0) problems.push('no pairs are left to train on: lower data.heldOut, or give more pairs');
  if (isMeasured && split.heldOut.length === 0) {
    problems.push('no pairs are held out to measure on: raise data.heldOut, or give more pairs');
  }
  if (pairs.length > 0 && pairs.every(({ chosenProbability = 1 }) => chosenProbability === 0.5)) {
    problems.push(
      'p_chosen_beats_rejected is 0.5 in every pair, so that there is nothing to learn: use labels of a judge that decides',
    );
  }
  const unmargined = options.margins ? pairs.filter(({ scoreMargin }) => scoreMargin === undefined) : [];
  if (unmargined.length > 0) {
    const named = unmargined.slice(0, 5).map(({ id }) => id);
    problems.push(
      `loss.marginScale needs a margin in each pair, ${unmargined.length} have none (${named.join(', ')}${unmargined.length > 5 ? ', ...' : ''}): add a number "margin", or set loss.marginScale=0`,
    );
  }
  if (problems.length === 0) return split;
  throw new UserError(
    'pairs.unfit',
    `${source}: ${pairs.length} pairs, but\n${problems.map((p) => `- ${p}.`).join('\n')}`,
  );
}

async function apart(
  train: PreferencePair[],
  source: string,
  adapter: AdapterChoice | undefined,
): Promise<ComparisonPairs> {
  const { pairs } = await readPairs(source, adapter === undefined ? {} : { adapter });
  return { train, heldOut: pairs };
}

function shared(pairs: PreferencePair[], share: number, seed: number): ComparisonPairs {
  if (share === 0) return { train: pairs, heldOut: [] };
  const sides = splitById(pairs, {
    seed: `${seed} held out`,
    shares: { heldOut: share, train: 1 - share },
    key: ({ prompt }) => JSON.stringify(prompt),
  });
  return { train: sides['train']!.rows, heldOut: sides['heldOut']!.rows };
}

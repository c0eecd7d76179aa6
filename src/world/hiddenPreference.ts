import type { RandomStream } from '../base/seed.ts';
import { QUALITIES, qualities, qualityVector } from './qualities.ts';
import type { Qualities, Quality } from './qualities.ts';

/** What one unit of each quality is worth, in nats of log-odds. */
const WORTH: Readonly<Record<Quality, number>> = {
  onTopic: 4.4,
  complete: 4.2,
  polite: 4,
  concise: 4,
  noRepetition: 4.1,
};

/** Strength of the cyclic part, in nats of log-odds for two answers with one quality each. */
const CYCLE = 1.9;

/** Share of noisy comparisons whose outcome is turned round. */
export const LABEL_FLIP_RATE = 0.07;

/**
 * Probability that answer `a` is preferred to `b`: the rule that judges learn and that experiments are scored by.
 *
 *   sigmoid( w . (q_a - q_b) + q_a' S q_b )
 *
 * `S` is skew-symmetric: in the ring of `QUALITIES` each quality beats the next one and the one opposite, as in
 * rock-paper-scissors-lizard-spock. Its rows sum to 0, so that it never helps against the flawless answer, and it is weak
 * enough that an answer better in some qualities and worse in none always wins; but among answers with different flaws the
 * preference runs in circles, which no score can express. Exactly antisymmetric, 1/2 for equal qualities.
 */
export function hiddenPreference(promptText: string, a: string, b: string): number {
  return preferenceOf(qualities(promptText, a), qualities(promptText, b));
}

/** The hidden rule on scores that are already known. */
export function preferenceOf(a: Readonly<Qualities>, b: Readonly<Qualities>): number {
  const [va, vb] = [qualityVector(a), qualityVector(b)];
  let logOdds = 0;
  QUALITIES.forEach((quality, i) => {
    logOdds += WORTH[quality] * (va[i]! - vb[i]!);
    for (let j = i + 1; j < va.length; j++) {
      // Next and opposite, two apart one way and three the other: odd distances win.
      const sign = (j - i) % 2 === 1 ? 1 : -1;
      logOdds += CYCLE * sign * (va[i]! * vb[j]! - va[j]! * vb[i]!);
    }
  });
  return antisymmetricSigmoid(logOdds);
}

/**
 * One comparison as a careless annotator makes it: drawn from the hidden preference, then turned round with probability
 * `LABEL_FLIP_RATE`.
 *
 * @returns whether `a` was preferred
 */
export function noisyComparison(promptText: string, a: string, b: string, random: RandomStream): boolean {
  const prefersFirst = random.uniform() < hiddenPreference(promptText, a, b);
  return random.uniform() < LABEL_FLIP_RATE ? !prefersFirst : prefersFirst;
}

/** sigmoid(x), rounded so that sigmoid(x) + sigmoid(-x) is exactly 1. */
function antisymmetricSigmoid(x: number): number {
  const larger = 1 / (1 + Math.exp(-Math.abs(x)));
  return x < 0 ? 1 - larger : larger;
}

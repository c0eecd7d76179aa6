import type { RandomStream } from '../base/seed.ts';
import { composeAnswer, trainingAnswer } from './answers.ts';
import { noisyComparison } from './hiddenPreference.ts';
import { promptText, type WorldPrompt } from './prompts.ts';
import { QUALITIES, type Quality } from './qualities.ts';

/** Two answers with a noisy label. */
export interface LabelledComparison {
  prompt: string;
  a: string;
  b: string;
  /** Whether a won, under the hidden rule with label noise. */
  firstWon: boolean;
}

/** Share of each flaw in the better half of the answers: a judge must also tell good answers from very good ones. */
const FEW_FLAWS = 0.2;

/**
 * Pairs of answers of all kinds with noisy labels: mixture answers, answers with few flaws and, for the prompts in
 * `sampled`, answers of a policy.
 */
export function labelledComparisons(
  prompts: readonly WorldPrompt[],
  count: number,
  random: RandomStream,
  sampled: ReadonlyMap<string, readonly string[]> = new Map(),
): LabelledComparison[] {
  const written = (prompt: string): string =>
    random.uniform() < 0.5
      ? trainingAnswer(prompt, random)
      : composeAnswer(
          prompt,
          QUALITIES.filter(() => random.uniform() < FEW_FLAWS),
          random,
        );
  const known = [...sampled.keys()];
  return Array.from({ length: count }, () => {
    const useSampled = known.length > 0 && random.uniform() < 0.3;
    const prompt = useSampled ? random.pick(known) : promptText(random.pick(prompts));
    const answer = (): string =>
      useSampled && random.uniform() < 0.7 ? random.pick(sampled.get(prompt)!) : written(prompt);
    const [a, b] = [answer(), answer()];
    return { prompt, a, b, firstWon: noisyComparison(prompt, a, b, random) };
  });
}

/** Share of each flaw that both answers of a close pair have. */
const SHARED_FLAWS = 0.3;

/**
 * Pairs of answers that differ in one of these ways only, with noisy labels, so that each gets evidence of its own.
 *
 * @param differences flaws that the worse answer has and the better one has not; each is as likely as the others
 */
export function closeComparisons(
  prompts: readonly WorldPrompt[],
  count: number,
  random: RandomStream,
  differences: readonly (readonly Quality[])[],
): LabelledComparison[] {
  return Array.from({ length: count }, () => {
    const prompt = promptText(random.pick(prompts));
    const flaws = random.pick(differences);
    const shared = QUALITIES.filter((other) => !flaws.includes(other) && random.uniform() < SHARED_FLAWS);
    const [better, worse] = [
      composeAnswer(prompt, shared, random),
      composeAnswer(prompt, [...shared, ...flaws], random),
    ];
    const [a, b] = random.uniform() < 0.5 ? [better, worse] : [worse, better];
    return { prompt, a, b, firstWon: noisyComparison(prompt, a, b, random) };
  });
}

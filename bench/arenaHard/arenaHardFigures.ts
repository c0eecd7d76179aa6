import { bradleyTerry } from 'nashtune/judges';

import { randomStream } from '../../src/base/seed.ts';
import { UserError } from '../../src/base/userError.ts';
import { mean } from '../alpacaEval/winRate.ts';
import type { Battle } from './battle.ts';
import { styleControl, type StyleControlled, type StyledBattle } from './styleControl.ts';

/** One model against the baseline, shares in [0, 1]. */
export interface ArenaHardRow {
  model: string;
  battles: number;
  prompts: number;
  /** Version 2's score: mean of the battles, and its 5% and 95% bootstrap quantiles. */
  score: number;
  scoreInterval: [number, number];
  /** Version 0.1's: Elo rating, the baseline at 1000, and the win rate that it stands for, with 2.5% and 97.5% quantiles. */
  elo: number;
  winRate: number;
  winRateInterval: [number, number];
  /** Win rate with style taken out, the median of the bootstrap; null where the looks of answers are not known. */
  styleControlled: number | null;
  styleControlledInterval: [number, number] | null;
}

export interface ArenaHardFigures {
  baseline: string;
  /** From the best to the worst score. */
  rows: ArenaHardRow[];
  style: StyleControlled['weights'] | null;
}

const DRAWS = 100;
/** Of Bradley-Terry, so that a model that won everything has a rating. */
const RIDGE = 1e-6;

/**
 * Arena-Hard's figures of battles against one baseline. Intervals are percentiles of 100 bootstrap draws of battles (not of
 * prompts, as Arena-Hard has it).
 *
 * Bradley-Terry: P(m beats b) = 1 / (1 + 10^((E_b - E_m) / 400)), a tie half a win for each.
 *
 * @throws {UserError} when baselines are mixed
 * @see Li et al. 2024, arXiv:2406.11939, section 5; Chiang et al. 2024, arXiv:2403.04132, equations 1 and 2
 */
export function arenaHardFigures(
  battles: readonly (Battle | StyledBattle)[],
  { seed }: { seed: number | string },
): ArenaHardFigures {
  const baseline = onlyBaseline(battles);
  const models = [...new Set(battles.map(({ model }) => model))];
  const styled = battles.every((battle) => 'style' in battle) ? battles : null;
  const ratings = ratingsOf(battles, models, baseline);
  const random = randomStream(seed, 'arena-hard');
  const draws = Array.from({ length: DRAWS }, () => {
    const drawn = battles.map(() => random.integer(battles.length));
    const set = drawn.map((at) => battles[at]!);
    return {
      scores: models.map((model) => mean(scoresOf(set, model))),
      winRates: ratingsOf(set, models, baseline).map(sigmoid),
      styled: styled && styleControl(drawn.map((at) => styled[at]!)).winRates,
    };
  });
  const rows = models.map((model, at): ArenaHardRow => {
    const own = battles.filter((battle) => battle.model === model);
    const controlled = draws.flatMap((draw) => draw.styled?.[model] ?? []);
    return {
      model,
      battles: own.length,
      prompts: new Set(own.map(({ prompt }) => prompt)).size,
      score: mean(own.map(({ score }) => score)),
      scoreInterval: quantiles(
        draws.map(({ scores }) => scores[at]!),
        [0.05, 0.95],
      ),
      elo: 1000 + (400 / Math.LN10) * ratings[at]!,
      winRate: sigmoid(ratings[at]!),
      winRateInterval: quantiles(
        draws.map(({ winRates }) => winRates[at]!),
        [0.025, 0.975],
      ),
      styleControlled: styled ? quantile(controlled, 0.5) : null,
      styleControlledInterval: styled ? quantiles(controlled, [0.05, 0.95]) : null,
    };
  });
  return {
    baseline,
    rows: rows.sort((a, b) => b.score - a.score),
    style: styled ? styleControl(styled).weights : null,
  };
}

function onlyBaseline(battles: readonly Battle[]): string {
  const counts = new Map<string, number>();
  for (const { baseline } of battles) counts.set(baseline, (counts.get(baseline) ?? 0) + 1);
  if (counts.size === 1) return [...counts.keys()][0]!;
  throw new UserError(
    'arenaHard.baselines',
    `Expected battles against one baseline, found ${Array.from(counts, ([name, count]) => `${count} against "${name}"`).join(', ')}. ` +
      'Give the files of one baseline, or of one category of prompts.',
  );
}

function scoresOf(battles: readonly Battle[], model: string): number[] {
  return battles.flatMap((battle) => (battle.model === model ? [battle.score] : []));
}

/** Strengths above the baseline's, natural logarithms of odds. */
function ratingsOf(battles: readonly Battle[], models: readonly string[], baseline: string): number[] {
  const names = [...models, baseline];
  const wins = names.map(() => names.map(() => 0));
  const last = models.length;
  for (const { model, score } of battles) {
    const at = models.indexOf(model);
    wins[at]![last]! += score;
    wins[last]![at]! += 1 - score;
  }
  const strengths = bradleyTerry(wins, { ridge: RIDGE });
  return models.map((_, at) => strengths[at]! - strengths[last]!);
}

function quantiles(values: readonly number[], [low, high]: readonly [number, number]): [number, number] {
  return [quantile(values, low), quantile(values, high)];
}

/** Between the two nearest values, linearly, as numpy has it; a draw without battles of a model counts nowhere. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (at % 1) * (sorted[Math.ceil(at)]! - low);
}

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

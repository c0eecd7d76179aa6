import { codePoints, type AlpacaEvalFigures } from './alpacaEvalFigures.ts';
import { bootstrapInterval, type Interval } from './bootstrapInterval.ts';
import { lengthControlledWinRate } from './lengthControlledWinRate.ts';
import type { Annotations } from './readAnnotations.ts';
import type { LengthPriorFile } from './readLengthPrior.ts';
import { modelShare, winRate } from './winRate.ts';

/** Draws of the length-controlled win rate, each of which is a fit. */
const FITS = 200;

/** 95% bootstrap intervals over prompts, in percent. */
export interface FigureIntervals {
  win_rate: Interval;
  /** At the C that was chosen of all rows; null without length control. */
  length_controlled_winrate: Interval | null;
}

/** How far the figures would move with another draw of prompts. The judge and the prior are taken as they are. */
export function figureIntervals(
  { rows }: Annotations,
  { lengthControl }: AlpacaEvalFigures,
  { prior: file, seed }: { prior?: LengthPriorFile | undefined; seed: number },
): FigureIntervals {
  const preferences = rows.map(({ preference }) => preference);
  const plain = bootstrapInterval(rows.length, (positions) => winRate(at(preferences, positions)).win_rate, { seed });
  if (lengthControl === null) return { win_rate: plain, length_controlled_winrate: null };
  const modelLengths = rows.map(({ output_2 }) => codePoints(output_2));
  const baselineLengths = rows.map(({ output_1 }) => codePoints(output_1));
  const { method, cIndex } = lengthControl;
  const controlled = (positions: readonly number[]): number => {
    const prior = file && {
      ...file.prior,
      instructionDifficulty: Float64Array.from(at(file.prior.instructionDifficulty, positions)),
    };
    const drawn = {
      preferences: at(preferences, positions),
      modelLengths: at(modelLengths, positions),
      baselineLengths: at(baselineLengths, positions),
    };
    // Of few rows a draw can hold failed ones alone.
    if (drawn.preferences.every((preference) => modelShare(preference) === null)) return NaN;
    return lengthControlledWinRate(drawn, { method, cIndex, ...(prior ? { prior } : {}) }).length_controlled_winrate;
  };
  const interval = bootstrapInterval(rows.length, controlled, { seed, draws: FITS });
  return { win_rate: plain, length_controlled_winrate: interval };
}

function at<T>(values: ArrayLike<T>, positions: readonly number[]): T[] {
  return positions.map((row) => values[row]!);
}

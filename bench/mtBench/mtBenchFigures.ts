import { mean } from '../alpacaEval/winRate.ts';
import { groupBy } from '../judge/groupBy.ts';

/** Grade of one answer. */
export interface SingleGrade {
  model: string;
  question: number;
  category: string;
  turn: 1 | 2;
  /** 1 to 10; null where the judge gave none. */
  score: number | null;
}

/** Winner of both orders of two answers. */
export interface PairGrade {
  models: readonly [string, string];
  question: number;
  turn: 1 | 2;
  /** In the order of `models`, and with the places swapped; null where the judge gave none. */
  winners: readonly [string | null, string | null];
}

/** Mean grades of one model. NaN where there is none. */
export interface SingleFigures {
  model: string;
  score: number;
  turns: [first: number, second: number];
  categories: Record<string, number>;
  graded: number;
  failed: number;
}

/** How often one model wins against the others. */
export interface PairFigures {
  model: string;
  wins: number;
  losses: number;
  ties: number;
  /** (wins + ties / 2) / (wins + losses + ties). */
  winRate: number;
  /** The same of each turn. */
  turns: [first: number, second: number];
  failed: number;
}

/**
 * MT-Bench's score: the mean grade over questions and turns, by model, turn and category. Answers without a grade count
 * nowhere.
 *
 * @returns from the best to the worst
 * @see Zheng et al. 2023, arXiv:2306.05685, section 3.2; `show_result.py` of https://github.com/lm-sys/FastChat
 */
export function singleFigures(grades: readonly SingleGrade[]): SingleFigures[] {
  const figures = Array.from(
    groupBy(grades, ({ model }) => model),
    ([model, own]): SingleFigures => {
      const known = own.flatMap(({ score, ...grade }) => (score === null ? [] : [{ ...grade, score }]));
      const categories = Array.from(
        groupBy(known, ({ category }) => category),
        ([name, rows]) => [name, meanOf(rows)],
      );
      return {
        model,
        score: meanOf(known),
        turns: [meanOf(known.filter(({ turn }) => turn === 1)), meanOf(known.filter(({ turn }) => turn === 2))],
        categories: Object.fromEntries(categories) as Record<string, number>,
        graded: known.length,
        failed: own.length - known.length,
      };
    },
  );
  return figures.sort((a, b) => b.score - a.score);
}

/**
 * MT-Bench's pairwise figures: a model wins where it wins both orders; a tie in either, or two winners, is a tie. The win
 * rate counts ties as half. NaN where there is none.
 *
 * @returns from the best to the worst
 * @see Zheng et al. 2023, arXiv:2306.05685, section 3.4; `win_rate_adjusted` of FastChat's `show_result.py`
 */
export function pairFigures(grades: readonly PairGrade[]): PairFigures[] {
  const names = new Set(grades.flatMap(({ models }) => models));
  const figures = Array.from(names, (model): PairFigures => {
    const own = grades.filter(({ models }) => models.includes(model));
    const ofTurn = (number: 1 | 2) =>
      countsOf(
        model,
        own.filter(({ turn }) => turn === number),
      ).winRate;
    return { model, ...countsOf(model, own), turns: [ofTurn(1), ofTurn(2)] };
  });
  return figures.sort((a, b) => b.winRate - a.winRate);
}

function countsOf(model: string, grades: readonly PairGrade[]): Omit<PairFigures, 'model' | 'turns'> {
  const results = grades.map(({ winners: [first, second] }) =>
    first === null || second === null ? 'failed' : first !== second || first === 'tie' ? 'tie' : first,
  );
  const ties = results.filter((result) => result === 'tie').length;
  const failed = results.filter((result) => result === 'failed').length;
  const wins = results.filter((result) => result === model).length;
  const played = grades.length - failed;
  return { wins, ties, failed, losses: played - wins - ties, winRate: (wins + ties / 2) / played };
}

function meanOf(rows: readonly { score: number }[]): number {
  return mean(rows.map(({ score }) => score));
}

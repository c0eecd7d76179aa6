import type { Comparison } from 'nashtune/judges';

import { UserError } from '../../src/base/userError.ts';
import { groupBy } from '../judge/groupBy.ts';
import type { PairGrade } from './mtBenchFigures.ts';
import type { MtBenchAnswer } from './readMtBenchAnswers.ts';

/** Answers of two models to one turn. */
export interface AnswerPair extends Omit<PairGrade, 'winners'> {
  comparison: Comparison;
}

/**
 * Pairs of answers to the same turn: of every two models (FastChat's pairwise-all), or of each with the baseline
 * (pairwise-baseline). Each side has its own first answer before the second. Models stand in the order of their files,
 * whichever is the baseline, so that a judgment that is stored serves both modes.
 *
 * @throws {UserError} when there is one model alone, the baseline is none of them, or no two answered the same turn
 */
export function pairAnswers(answers: readonly MtBenchAnswer[], baseline?: string): AnswerPair[] {
  const models = new Set(answers.map(({ model }) => model));
  const names = Array.from(models, (model) => `"${model}"`).join(', ');
  if (baseline !== undefined && !models.has(baseline)) {
    throw new UserError(
      'mtBench.baseline',
      `--baseline "${baseline}": expected a model of --answers, found answers of ${names}. Name one of them, or add its file.`,
    );
  }
  if (models.size === 1) {
    throw new UserError(
      'mtBench.oneModel',
      `--answers: expected answers of several models to compare, found those of ${names} alone. Give another model's ` +
        'file too, or grade single answers by a judge such as openai/mt-bench-single:<model>.',
    );
  }
  const order = [...models];
  const turns = groupBy(answers, ({ question, turn }) => `${question}/${turn}`);
  const pairs = Array.from(turns, ([id, own]) => {
    const sorted = own.toSorted((a, b) => order.indexOf(a.model) - order.indexOf(b.model));
    return sorted.flatMap((a, at) => sorted.slice(at + 1).map((b) => pairOf(id, a, b)));
  })
    .flat()
    .filter(({ models }) => baseline === undefined || models.includes(baseline));
  if (pairs.length > 0) return pairs;
  throw new UserError(
    'mtBench.disjoint',
    `--answers: expected answers to the same questions, found none of ${names} that two models answered. Give files that ` +
      'answer the same questions.',
  );
}

function pairOf(id: string, a: MtBenchAnswer, b: MtBenchAnswer): AnswerPair {
  const [before, beforeOther] = [saidIn(a), saidIn(b)];
  const isShared = before.join('\0') === beforeOther.join('\0');
  return {
    models: [a.model, b.model],
    question: a.question,
    turn: a.turn,
    comparison: {
      id,
      prompt: a.prompt,
      a: a.answer,
      b: b.answer,
      ...(isShared ? {} : { earlier: { a: before, b: beforeOther } }),
    },
  };
}

function saidIn({ prompt }: MtBenchAnswer): string[] {
  return prompt.filter(({ role }) => role === 'assistant').map(({ content }) => content);
}

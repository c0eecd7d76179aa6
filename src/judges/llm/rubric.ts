import { z } from 'zod';

import type { Message } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { createScoringJudge } from '../createScoringJudge.ts';
import type { Answer, JudgeOptions, Score, ScoringJudge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { progressOver } from '../progressOver.ts';
import { sumCosts } from '../sumCosts.ts';
import type { ChatAnswer, ChatModel } from './chatModel.ts';
import { FENCE_RULE, fenced } from './fenced.ts';
import { promptText } from './promptText.ts';
import type { TextSettings } from './readAnswers.ts';
import { spokenPart } from './spokenPart.ts';

/** One thing to look for in an answer. */
export interface Criterion {
  name: string;
  /** What makes a high score and what a low one, in words for the model. */
  description: string;
  /** Share in the total. Default 1. */
  weight?: number;
}

export interface RubricOptions extends TextSettings {
  criteria: readonly Criterion[];
  /** Judgments of each answer, whose mean is the score. Default 1. Give a temperature when there are more. */
  samples?: number;
  /** Of `compareByScores`. Default 1. */
  preferenceTemperature?: number;
}

/**
 * A judge by the user's own criteria: the model scores each from 1 to 10, as JSON, and the weighted mean is the score.
 *
 * Of several judgments those that cannot be read are left out; an answer without any is an error. `raw` holds all texts.
 *
 * @throws {UserError} when there is no criterion, two share a name, or a weight is not positive
 * @example
 *   const judge = createRubricJudge(model, {
 *     criteria: [{ name: 'correct', description: '10: all facts are right. 1: the main one is wrong.', weight: 2 }],
 *   });
 */
export function createRubricJudge(model: ChatModel, options: RubricOptions): ScoringJudge {
  const { criteria, samples = 1, preferenceTemperature = 1, temperature = 0, maxTokens = 2048 } = options;
  checkCriteria(criteria);
  const score = async (items: readonly Answer[], judging: JudgeOptions = {}): Promise<Score[]> => {
    const answers = await model.ask(
      items.flatMap((item) => {
        const messages = rubricMessages(criteria, item);
        return Array.from({ length: samples }, (_, sample) => ({ messages, maxTokens, temperature, sample }));
      }),
      progressOver(items.length, judging),
    );
    return items.map((_, i) => meanScore(answers.slice(i * samples, (i + 1) * samples), criteria));
  };
  const settings = { criteria, samples, preferenceTemperature, temperature, maxTokens };
  const id = `rubric(${model.id})#${judgmentKey(rubricMessages(criteria), settings).slice(0, 12)}`;
  return createScoringJudge({ id, score, temperature: preferenceTemperature });
}

function checkCriteria(criteria: readonly Criterion[]): void {
  const names = criteria.map(({ name }) => name);
  const problems = [
    ...(criteria.length === 0 ? ['there is none'] : []),
    ...names.filter((name, i) => names.indexOf(name) < i).map((name) => `"${name}" stands there twice`),
    ...criteria
      .filter(({ weight = 1 }) => !(weight > 0 && weight < Infinity))
      .map(({ name, weight }) => `"${name}" has the weight ${weight}, which is not positive`),
  ];
  if (problems.length === 0) return;
  throw new UserError('judge.criteria', `Criteria of the rubric: ${problems.join('; ')}. Give each a name of its own.`);
}

function rubricMessages(criteria: readonly Criterion[], item?: Answer): Message[] {
  const list = criteria.map(({ name, description }) => `- ${JSON.stringify(name)}: ${description}`).join('\n');
  const shape = JSON.stringify({
    reasons: 'one or two sentences',
    scores: Object.fromEntries(criteria.map(({ name }) => [name, 'number from 1 to 10'])),
  });
  const system =
    `You score an answer by criteria, each from 1 (worst) to 10 (best):\n${list}\n\n${FENCE_RULE}\n\n` +
    `Reply with one JSON object of this form and nothing else:\n${shape}`;
  if (!item) return [{ role: 'system', content: system }];
  const user = `${fenced('conversation', promptText(item.prompt))}\n\n${fenced('answer', item.answer)}`;
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}

function meanScore(answers: readonly ChatAnswer[], criteria: readonly Criterion[]): Score {
  const cost = sumCosts(answers.map(({ cost }) => cost));
  const texts = answers.flatMap(({ text }) => (text === undefined ? [] : [text]));
  const raw = texts.join('\n\n---\n\n');
  const error = answers.find(({ error }) => error !== undefined)?.error;
  if (error !== undefined) return { error, raw, cost };
  const totals = texts.flatMap((text) => readTotal(text, criteria) ?? []);
  if (totals.length === 0) return { error: 'no JSON object with a score from 1 to 10 for each criterion', raw, cost };
  return { score: totals.reduce((sum, total) => sum + total, 0) / totals.length, raw, cost };
}

/** Weighted mean of the scores in the last JSON object of a text that has all of them. */
function readTotal(text: string, criteria: readonly Criterion[]): number | undefined {
  const score = z.number().min(1).max(10);
  const schema = z.object({ scores: z.object(Object.fromEntries(criteria.map(({ name }) => [name, score]))) });
  const spoken = spokenPart(text);
  const end = spoken.lastIndexOf('}') + 1;
  for (let start = spoken.lastIndexOf('{'); start >= 0; start = start > 0 ? spoken.lastIndexOf('{', start - 1) : -1) {
    const scores = schema.safeParse(parsed(spoken.slice(start, end))).data?.scores;
    if (!scores) continue;
    const weights = criteria.map(({ weight = 1 }) => weight);
    const sum = criteria.reduce((sum, { name }, i) => sum + weights[i]! * scores[name]!, 0);
    return sum / weights.reduce((sum, weight) => sum + weight, 0);
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

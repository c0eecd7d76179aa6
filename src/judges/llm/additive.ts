import { UserError } from '../../base/userError.ts';
import type { Message } from '../../../datasets/index.ts';
import { createScoringJudge } from '../createScoringJudge.ts';
import type { Answer, JudgeOptions, Score, ScoringJudge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { progressOver } from '../progressOver.ts';
import { sumCosts } from '../sumCosts.ts';
import { ADDITIVE_TEMPLATE } from './additiveTemplate.ts';
import type { ChatAnswer, ChatModel, ChatRequest } from './chatModel.ts';
import { fillTemplate } from './fillTemplate.ts';
import { promptText } from './promptText.ts';
import type { TextSettings } from './readAnswers.ts';
import { spokenPart } from './spokenPart.ts';

export interface AdditiveOptions extends TextSettings {
  /** Judgments of each answer, whose mean is the score. Default 3. */
  samples?: number;
  /** Text with `{prompt}` and `{answer}`. Default: that of the paper. */
  template?: string;
  /**
   * `words` (default): the model justifies the score and ends with `Score: 4`. `probabilities`: it says the score at once,
   * and the mean over its probabilities of 0 to 5 is taken, for models too small to argue; one judgment is enough then.
   */
  reading?: 'words' | 'probabilities';
}

const MOST_POINTS = 5;

/** Likeliest tokens among which the points are looked for. */
const LIKELIEST = 1000;

/**
 * The judge of Self-Rewarding Language Models: a language model adds up to five points to an answer, by a rubric in which
 * each point asks for more than the one before. Judgments that hold no score are left out; an answer without any is an error.
 *
 * @throws {UserError} when the template lacks `{prompt}` or `{answer}`
 * @see Yuan et al. 2024, arXiv:2401.10020, figure 2, and section 2.2 on the mean of 3 judgments
 * @example const judge = createAdditiveJudge(createPolicyChat({ policy, tokenizer, id: 'round 2' }), { temperature: 0.7 });
 */
export function createAdditiveJudge(model: ChatModel, options: AdditiveOptions = {}): ScoringJudge {
  const { template = ADDITIVE_TEMPLATE, reading = 'words', samples = 3, temperature = 0.7, maxTokens = 512 } = options;
  checkTemplate(template);
  const inWords = reading === 'words';
  const request = ({ prompt, answer }: Answer, sample: number): ChatRequest => {
    const content = fillTemplate(template, { prompt: promptText(prompt), answer });
    const messages: Message[] = [{ role: 'user', content }];
    return inWords
      ? { messages, maxTokens, temperature, sample }
      : { messages, maxTokens: 1, temperature: 0, topLogProbs: LIKELIEST, sample };
  };
  const score = async (items: readonly Answer[], judging: JudgeOptions = {}): Promise<Score[]> => {
    const each = inWords ? samples : 1;
    const requests = items.flatMap((item) => Array.from({ length: each }, (_, sample) => request(item, sample)));
    const answers = await model.ask(requests, progressOver(items.length, judging));
    return items.map((_, i) => {
      return meanScore(answers.slice(i * each, (i + 1) * each), inWords ? pointsSaid : pointsExpected);
    });
  };
  const settings = { template, reading, samples, temperature, maxTokens };
  return createScoringJudge({
    id: `additive(${model.id})#${judgmentKey([], settings).slice(0, 12)}`,
    score,
    temperature: 1,
  });
}

function checkTemplate(template: string): void {
  const missing = ['{prompt}', '{answer}'].filter((name) => !template.includes(name));
  if (missing.length === 0) return;
  throw new UserError(
    'judge.template',
    `The judge's template lacks ${missing.join(' and ')}: without it the model does not see what it judges. Add it.`,
  );
}

function meanScore(answers: readonly ChatAnswer[], read: (answer: ChatAnswer) => number | undefined): Score {
  const cost = sumCosts(answers.map(({ cost }) => cost));
  const raw = answers.flatMap(({ text }) => text ?? []).join('\n\n---\n\n');
  const error = answers.find(({ error }) => error !== undefined)?.error;
  if (error !== undefined) return { error, raw, cost };
  const points = answers.flatMap((answer) => read(answer) ?? []);
  if (points.length === 0) return { error: `no score from 0 to ${MOST_POINTS}`, raw, cost };
  return { score: points.reduce((sum, value) => sum + value, 0) / points.length, raw, cost };
}

/** The last score that the model names, `Score: 4`; it may add `/5` or stars. */
function pointsSaid({ text = '' }: ChatAnswer): number | undefined {
  const found = [...spokenPart(text).matchAll(/score\W{0,8}(\d+(?:\.\d+)?)/gi)].at(-1)?.[1];
  const value = Number(found ?? NaN);
  return value >= 0 && value <= MOST_POINTS ? value : undefined;
}

/** Mean of 0 to 5 by the probabilities of the answer's first token. */
function pointsExpected({ tokens = [] }: ChatAnswer): number | undefined {
  const weights = Object.entries(tokens[0]?.top ?? {}).flatMap(([token, logProb]) =>
    /^[0-5]$/.test(token.trim()) ? [{ points: Number(token), weight: Math.exp(logProb) }] : [],
  );
  const total = weights.reduce((sum, { weight }) => sum + weight, 0);
  return total > 0 ? weights.reduce((sum, { points, weight }) => sum + points * weight, 0) / total : undefined;
}

import type { Message } from '../../../datasets/index.ts';
import type { Judge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import type { ChatAnswer, ChatModel } from './chatModel.ts';
import { FENCE_RULE, fenced } from './fenced.ts';
import { createPairJudge, type Decision, type ShownPair } from './pairJudge.ts';
import { promptText } from './promptText.ts';
import type { TextSettings } from './readAnswers.ts';
import { spokenPart } from './spokenPart.ts';
import { firstOfTwo } from './verdictLadder.ts';

export interface SelfReferenceOptions extends TextSettings {
  /** What makes an answer better, in words for the model. */
  principle?: string;
  /** Judgments of each order. Default 3, at temperature 0.7. */
  votes?: number;
}

const PRINCIPLE = 'The better answer does what the user asks, is right, and helps the user most.';

/**
 * A judge that answers the conversation itself first, and judges both answers against its own: a critique, then a choice,
 * several times in each order. A vote counts with its strength: the probability of the chosen letter where the model tells
 * log-probabilities, and 1 where it does not. The verdict is the mean.
 *
 * Votes without a choice are left out; an order without any vote is an error.
 *
 * @see Self-Reference AI feedback (one general principle, the judge answers first, votes); there the strength comes from
 *   perplexities
 */
export function createSelfReferenceJudge(model: ChatModel, options: SelfReferenceOptions = {}): Judge {
  const { principle = PRINCIPLE, votes = 3, temperature = 0.7, maxTokens = 2048 } = options;
  const system =
    `You compare two answers to a conversation. ${principle} You are given an answer of your own for orientation; it may ` +
    `be wrong. ${FENCE_RULE}\n\nWrite a short critique of each answer, then end with [[A]] if the first answer is better ` +
    'or [[B]] if the second one is.';
  return createPairJudge({
    id: `self-reference(${model.id})#${judgmentKey(system, { votes, temperature, maxTokens }).slice(0, 12)}`,
    decide: async (pairs, judging) => {
      const { onProgress: _, ...quiet } = judging;
      const own = await model.ask(
        pairs.map(({ prompt }) => ({ messages: prompt, maxTokens, temperature: 0 })),
        quiet,
      );
      const asked = pairs.flatMap((pair, i) => (own[i]!.text === undefined ? [] : [{ pair, text: own[i]!.text }]));
      const answers = await model.ask(
        asked.flatMap(({ pair, text }) => {
          const messages = critiqueMessages(system, pair, spokenPart(text));
          return Array.from({ length: votes }, (_, sample) => ({
            messages,
            maxTokens,
            temperature,
            topLogProbs: 5,
            sample,
          }));
        }),
        judging,
      );
      let at = 0;
      return own.map(({ error, text, cost }) => {
        if (text === undefined) return { error: `own answer: ${error}`, costs: [cost] };
        const decision = countVotes(answers.slice(at, (at += votes)));
        return { ...decision, costs: [cost, ...decision.costs] };
      });
    },
  });
}

function critiqueMessages(system: string, { prompt, first, second }: ShownPair, own: string): Message[] {
  const user = [
    fenced('conversation', promptText(prompt)),
    `Your own answer:\n${fenced('own', own)}`,
    `Answer A:\n${fenced('a', first)}`,
    `Answer B:\n${fenced('b', second)}`,
  ].join('\n\n');
  return [
    { role: 'system', content: system },
    { role: 'user', content: user },
  ];
}

function countVotes(answers: readonly ChatAnswer[]): Decision {
  const costs = answers.map(({ cost }) => cost);
  const text = answers.flatMap(({ text }) => (text === undefined ? [] : [text])).join('\n\n---\n\n');
  const error = answers.find(({ error }) => error !== undefined)?.error;
  if (error !== undefined) return { error, text, costs };
  const votes = answers.flatMap((answer) => strengthOf(answer) ?? []);
  if (votes.length === 0) return { error: 'no vote names [[A]] or [[B]]', text, costs };
  const pFirst = votes.reduce((sum, vote) => sum + vote, 0) / votes.length;
  return { pFirst, by: `votes ${votes.map((vote) => vote.toFixed(3)).join(' ')}`, text, costs };
}

/** Probability of A at the place where the last verdict of an answer names its letter; 1 or 0 without log-probabilities. */
function strengthOf({ text = '', tokens }: ChatAnswer): number | undefined {
  const hidden = text.length - spokenPart(text).length;
  const verdict = [...text.matchAll(/\[\[([AB])\]\]/g)].at(-1);
  if (!verdict || verdict.index < hidden) return undefined;
  let end = 0;
  for (const token of tokens ?? []) {
    end += token.token.length;
    if (end <= verdict.index + 2) continue;
    const name = (letter: string): string => token.token.replace(verdict[1]!, letter);
    return firstOfTwo(token, [name('A'), name('B')]);
  }
  return verdict[1] === 'A' ? 1 : 0;
}

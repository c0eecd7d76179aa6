import type { Answer, Comparison, Judge, JudgeOptions, JudgmentCost, Verdict } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { ownPrompt } from '../ownPrompt.ts';
import { sumCosts } from '../sumCosts.ts';
import type { ChatModel } from './chatModel.ts';
import { FENCE_RULE, fenced } from './fenced.ts';
import { promptText } from './promptText.ts';
import type { TextSettings } from './readAnswers.ts';
import { spokenPart } from './spokenPart.ts';

const SIDES = ['a', 'b'] as const;

/** What happened after the user got an answer, or why that is not known. */
export interface Outcome {
  text?: string;
  error?: string;
  cost?: JudgmentCost;
}

/** Tells what an answer leads to: a model that imagines it, a simulation, or records. */
export interface OutcomeSimulator {
  readonly id: string;
  /** In the order of the answers. */
  simulate(answers: readonly Answer[], options?: JudgeOptions): Promise<Outcome[]>;
}

/** A simulator that has a language model imagine what the user does with the answer, and how that turns out. */
export function createOutcomeSimulator(model: ChatModel, settings: TextSettings = {}): OutcomeSimulator {
  const { temperature = 0, maxTokens = 512 } = settings;
  const system =
    'You are told a conversation and the answer that its user got. The user believes the answer and acts on it. Tell in ' +
    'three to five sentences what the user decides and does, and then how it turns out in the real world, where false or ' +
    `missing information shows. Do not rate the answer. ${FENCE_RULE}`;
  return {
    id: `outcomes(${model.id})#${judgmentKey(system, { temperature, maxTokens }).slice(0, 12)}`,
    simulate: async (answers, options = {}) => {
      const told = await model.ask(
        answers.map(({ prompt, answer }) => ({
          messages: [
            { role: 'system', content: system },
            { role: 'user', content: `${fenced('conversation', promptText(prompt))}\n\n${fenced('answer', answer)}` },
          ],
          temperature,
          maxTokens,
        })),
        options,
      );
      return told.map(({ text, error, cost }) =>
        text === undefined ? { error: error ?? 'no answer', cost } : { text: spokenPart(text).trim(), cost },
      );
    },
  };
}

/**
 * Any judge in hindsight: it sees with each answer what came of it, so that an answer which only sounds good loses. What
 * is trained on the verdicts never sees the outcomes.
 *
 * Disposing it disposes the judge.
 *
 * @see RLHS, reinforcement learning from hindsight simulation
 * @example const judge = withHindsight(createMtBenchPairJudge(model), createOutcomeSimulator(model));
 */
export function withHindsight(judge: Judge, simulator: OutcomeSimulator): Judge {
  return {
    id: `hindsight(${judge.id}, ${simulator.id})`,
    readsEarlier: judge.readsEarlier,
    compare: async (items, options = {}) => {
      const { onProgress: _, ...quiet } = options;
      const answers = items.flatMap((item) =>
        SIDES.map((side) => ({ id: item.id, prompt: ownPrompt(item, side), answer: item[side] })),
      );
      const outcomes = await simulator.simulate(answers, quiet);
      const rows = items.map((item, i) => ({ item, a: outcomes[2 * i]!, b: outcomes[2 * i + 1]! }));
      const known = rows.filter(({ a, b }) => a.text !== undefined && b.text !== undefined);
      const verdicts = (await judge.compare(known.map(inHindsight), options)).values();
      return rows.map((row): Verdict => {
        const cost = sumCosts([row.a.cost, row.b.cost].filter((cost) => cost !== undefined));
        const errors = [row.a, row.b].flatMap(({ error, text }) => (text === undefined ? [error ?? 'no outcome'] : []));
        if (errors.length > 0) return { error: `outcome: ${errors.join('; ')}`, cost };
        const { raw = null, cost: judging, ...verdict } = verdicts.next().value!;
        return {
          ...verdict,
          raw: JSON.stringify({ a: row.a.text, b: row.b.text, judge: raw }),
          cost: sumCosts([cost, ...(judging ? [judging] : [])]),
        };
      });
    },
    dispose: () => judge.dispose(),
  };
}

function inHindsight({ item, a, b }: { item: Comparison; a: Outcome; b: Outcome }): Comparison {
  return { ...item, a: withOutcome(item.a, a.text!), b: withOutcome(item.b, b.text!) };
}

function withOutcome(answer: string, outcome: string): string {
  return `${answer}\n\n[What happened after the user acted on this answer]\n${outcome}`;
}

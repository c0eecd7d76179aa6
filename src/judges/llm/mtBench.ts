import { createScoringJudge } from '../createScoringJudge.ts';
import type { Answer, Comparison, Judge, JudgeOptions, Score, ScoringJudge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import type { ChatModel } from './chatModel.ts';
import { mtBenchMessages } from './mtBenchConversation.ts';
import { MT_BENCH_PROMPTS } from './mtBenchPrompts.ts';
import { createPairJudge } from './pairJudge.ts';
import { decisionOf, readAnswers, scoreOf, type TextSettings } from './readAnswers.ts';

export interface MtBenchOptions extends TextSettings {
  /** Reference answers to all turns by the first question, for questions that have them (mathematics, reasoning, coding). */
  references?: ReadonlyMap<string, readonly string[]>;
}

const WINS: Record<string, number> = { '[[A]]': 1, '[[B]]': 0, '[[C]]': 0.5 };

/**
 * MT-Bench's pairwise judge: both orders, and a tie where they disagree or either is one.
 *
 * The last verdict in the judge's text counts; FastChat takes the first kind of A, B, C that occurs anywhere, which a
 * quoted answer can provoke.
 *
 * @see Zheng et al. 2023, arXiv:2306.05685; https://github.com/lm-sys/FastChat
 */
export function createMtBenchPairJudge(model: ChatModel, options: MtBenchOptions = {}): Judge {
  const { references, ...settings } = options;
  return createPairJudge({
    id: `mt-bench-pair(${model.id})#${keyOf(options)}`,
    readsEarlier: true,
    decide: async (pairs, judging) => {
      const questions = pairs.map(({ prompt, first, second, earlier }) =>
        mtBenchMessages({ prompt, answers: [first, second], earlier, references: referencesTo(prompt, references) }),
      );
      return (await readAnswers(model, questions, settings, winner, judging)).map(decisionOf);
    },
    combine: ([first, second]) => (first === second ? first! : 0.5),
  });
}

/**
 * MT-Bench's single-answer judge: scores from 1 to 10, of which those that differ by more than 0.1 decide a comparison.
 *
 * The last rating in the judge's text counts (FastChat: the first); one out of that range is an error.
 */
export function createMtBenchSingleJudge(model: ChatModel, options: MtBenchOptions = {}): ScoringJudge {
  const { references, ...settings } = options;
  const score = async (items: readonly Answer[], judging: JudgeOptions = {}): Promise<Score[]> => {
    const questions = items.map(({ prompt, answer }) =>
      mtBenchMessages({ prompt, answers: [answer], references: referencesTo(prompt, references) }),
    );
    return (await readAnswers(model, questions, settings, rating, judging)).map(scoreOf);
  };
  const id = `mt-bench-single(${model.id})#${keyOf(options)}`;
  return createScoringJudge({ id, score, temperature: 0, tieWithin: 0.1 });
}

/** What is right belongs to the judge: verdicts are stored by its id. */
function keyOf({ references, ...settings }: MtBenchOptions): string {
  return judgmentKey(MT_BENCH_PROMPTS, settings, ...(references ? [[...references]] : [])).slice(0, 12);
}

/** The reference answers to the turns so far. */
function referencesTo(
  prompt: Comparison['prompt'],
  references: MtBenchOptions['references'],
): readonly string[] | undefined {
  const questions = prompt.filter(({ role }) => role === 'user').map(({ content }) => content);
  return references?.get(questions[0] ?? '')?.slice(0, questions.length);
}

function winner(text: string): number | undefined {
  return WINS[[...text.matchAll(/\[\[[ABC]\]\]/g)].at(-1)?.[0] ?? ''];
}

function rating(text: string): number | undefined {
  const found = [...text.matchAll(/\[\[(\d+\.?\d*)\]\]/g)].at(-1) ?? [...text.matchAll(/\[(\d+\.?\d*)\]/g)].at(-1);
  const value = Number(found?.[1] ?? NaN);
  return value >= 1 && value <= 10 ? value : undefined;
}

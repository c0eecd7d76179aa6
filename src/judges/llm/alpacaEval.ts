import type { Message } from '../../../datasets/index.ts';
import type { Comparison, Judge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import { ALPACA_EVAL_TEMPLATE } from './alpacaEvalTemplate.ts';
import type { ChatModel } from './chatModel.ts';
import { fillTemplate } from './fillTemplate.ts';
import { createPairJudge, type Order } from './pairJudge.ts';
import { promptText } from './promptText.ts';
import { pythonRandom } from './pythonRandom.ts';
import { climbLadder, type LadderOptions, type Rung } from './verdictLadder.ts';

export interface AlpacaEvalOptions {
  /**
   * `both` (default) asks both orders and takes the mean: the verdict does not depend on places. `random` asks one, drawn
   * from the instruction as AlpacaEval draws it; with the baseline's answer as `a` it reproduces AlpacaEval.
   */
  orders?: 'both' | 'random';
  /** Of the random order. Default 0, as in AlpacaEval. */
  seed?: number;
  /** Ways to read the preference, the next where one gives nothing. Default all; AlpacaEval has `logprobs` only. */
  rungs?: readonly Rung[];
  /** One-token answers counted where there are no log-probabilities. Default 5. */
  samples?: number;
  /** Likeliest tokens among which the names are looked for. Default 5; OpenAI tells up to 20, a policy in memory all. */
  topLogProbs?: number;
  /** Of a whole answer, where no token tells the preference. Default 1024. */
  maxTokens?: number;
}

const NAMES = ['m', 'M'] as const satisfies LadderOptions['names'];

/**
 * AlpacaEval 2's weighted judge: the prompt of `weighted_alpaca_eval_gpt4_turbo`, and the preference from the
 * log-probabilities of the first token. With other models than its own it is another judge, whose numbers are not
 * comparable with the leaderboard's.
 *
 * Differences: all slots are filled at once, so that an answer that contains `{output_2}` cannot take its place; several
 * turns are shown as one text with roles.
 *
 * @see Dubois et al. 2024, arXiv:2404.04475; https://github.com/tatsu-lab/alpaca_eval
 * @example
 *   const judge = createAlpacaEvalJudge(createApiClient({ model: 'gpt-4-1106-preview' }), { orders: 'random' });
 */
export function createAlpacaEvalJudge(model: ChatModel, options: AlpacaEvalOptions = {}): Judge {
  const { orders = 'both', seed = 0, rungs = ['logprobs', 'samples', 'text'] } = options;
  const { samples = 5, topLogProbs = 5, maxTokens = 1024 } = options;
  const settings = { orders, seed, rungs, samples, topLogProbs, maxTokens };
  const template = readChatMl(ALPACA_EVAL_TEMPLATE);
  return createPairJudge({
    id: `alpaca-eval(${model.id})#${judgmentKey(template, settings).slice(0, 12)}`,
    decide: (pairs, judging) =>
      climbLadder(
        model,
        pairs.map(({ prompt, first, second }) =>
          template.map(({ role, content }) => ({
            role,
            content: fillTemplate(content, { instruction: promptText(prompt), output_1: first, output_2: second }),
          })),
        ),
        { names: NAMES, rungs, samples, topLogProbs, maxTokens },
        judging,
      ),
    ...(orders === 'random'
      ? { ordersOf: (item: Comparison) => [alpacaEvalOrder(promptText(item.prompt), seed)] }
      : {}),
  });
}

/** Which answer AlpacaEval shows first. */
export function alpacaEvalOrder(instruction: string, seed: number): Order {
  return pythonRandom(`is_switched_outputs${instruction}${seed}`)() < 0.5 ? 'ab' : 'ba';
}

/** Messages of a ChatML text, white space around them removed. */
function readChatMl(text: string): Message[] {
  return [...text.matchAll(/<\|im_start\|>(\w+)\n(.*?)<\|im_end\|>/gs)].map(([, role, content]) => ({
    role: role!,
    content: content!.trim(),
  }));
}

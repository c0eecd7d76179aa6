import type { Message } from '../../../datasets/index.ts';
import type { Judge } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import type { ChatModel } from './chatModel.ts';
import { FENCE_RULE, fenced } from './fenced.ts';
import { createPairJudge, type ShownPair } from './pairJudge.ts';
import { promptText } from './promptText.ts';
import { decisionOf, readAnswers, type TextSettings } from './readAnswers.ts';
import { spokenPart } from './spokenPart.ts';

const SYSTEM =
  `You compare two answers to a conversation. ${FENCE_RULE}\n\nSay briefly what is good and bad about each answer, then ` +
  'end with [[A]] if the first answer is better or [[B]] if the second one is.';

/** The question for a rationale and a verdict. */
export function rationaleMessages({ prompt, first, second }: ShownPair): Message[] {
  const user = [
    fenced('conversation', promptText(prompt)),
    `Answer A:\n${fenced('a', first)}`,
    `Answer B:\n${fenced('b', second)}`,
  ].join('\n\n');
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: user },
  ];
}

/** The last verdict behind a rationale: 1 for the first answer, 0 for the second; undefined when there is none. */
export function readRationale(text: string): 0 | 1 | undefined {
  const letter = [...spokenPart(text).matchAll(/\[\[([AB])\]\]/g)].at(-1)?.[1];
  return letter === undefined ? undefined : letter === 'A' ? 1 : 0;
}

/**
 * A judge that gives a rationale and then a verdict, in each order: what the recipe `self-rationalization` trains.
 *
 * @example const judge = createRationaleJudge(createPolicyChat({ policy, tokenizer, id: 'round 2' }), { maxTokens: 256 });
 */
export function createRationaleJudge(model: ChatModel, settings: TextSettings = {}): Judge {
  const { temperature = 0, maxTokens = 2048 } = settings;
  return createPairJudge({
    id: `rationale(${model.id})#${judgmentKey(SYSTEM, { temperature, maxTokens }).slice(0, 12)}`,
    decide: async (pairs, judging) => {
      const readings = await readAnswers<number>(
        model,
        pairs.map(rationaleMessages),
        { temperature, maxTokens },
        readRationale,
        judging,
      );
      return readings.map(decisionOf);
    },
  });
}

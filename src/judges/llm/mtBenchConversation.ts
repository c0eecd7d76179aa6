import type { Message } from '../../../datasets/index.ts';
import { fillTemplate } from './fillTemplate.ts';
import { MT_BENCH_PROMPTS, type JudgePrompt } from './mtBenchPrompts.ts';

/** What MT-Bench's prompts show of one or two answers. */
export interface MtBenchCase {
  prompt: readonly Message[];
  answers: readonly string[];
  /** Earlier answers of each side of a pair, where they are not the prompt's. */
  earlier?: readonly (readonly string[])[] | undefined;
  /** Reference answers, one for each question of the user. */
  references?: readonly string[] | undefined;
}

/**
 * The messages that MT-Bench sends to its judge: for one question, or for two, where both sides may have first answers of
 * their own.
 *
 * @returns the reason where the prompts have no place for the conversation
 */
export function mtBenchMessages({ prompt, answers, earlier, references }: MtBenchCase): Message[] | string {
  const roles = prompt.map(({ role }) => role).join(' ');
  if (roles !== 'user' && roles !== 'user assistant user') {
    return `MT-Bench shows one question, or two with the first one's answer between; the roles are ${roles}`;
  }
  const turns = roles === 'user' ? 1 : 2;
  if (references && references.length !== turns) {
    return `${turns} reference answers are needed, there are ${references.length}`;
  }
  const { system, user } = promptOf(answers.length === 2, turns === 2, references !== undefined);
  const [first, second = first] = answers as [string, string?];
  const shared = prompt[1]?.content ?? '';
  const [before = shared, beforeOther = shared] = (earlier ?? []).map((turns) => turns[0]);
  const values: Record<string, string> = {
    question: prompt[0]!.content,
    question_1: prompt[0]!.content,
    question_2: prompt.at(-1)!.content,
    answer: first,
    answer_a: first,
    answer_b: second,
    answer_1: shared,
    answer_2: first,
    answer_a_1: before,
    answer_a_2: first,
    answer_b_1: beforeOther,
    answer_b_2: second,
  };
  references?.forEach((reference, i) => (values[`ref_answer_${i + 1}`] = reference));
  return [
    { role: 'system', content: system },
    { role: 'user', content: fillTemplate(user, values) },
  ];
}

function promptOf(pair: boolean, turns: boolean, reference: boolean): JudgePrompt {
  const version = pair && !reference ? 'v2' : 'v1';
  const name = [pair ? 'pair' : 'single', ...(reference ? ['math'] : []), version, ...(turns ? ['multi-turn'] : [])];
  return MT_BENCH_PROMPTS[name.join('-') as keyof typeof MT_BENCH_PROMPTS];
}

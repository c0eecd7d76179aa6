import * as tf from '@tensorflow/tfjs-core';

import { loadTokenizer, renderChat, type Message, type Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { compile } from '../engine/index.ts';
import {
  capLogits,
  causalHidden,
  hashWeights,
  loadPolicy,
  outputEmbedding,
  readDecoderConfig,
  readWeights,
  type Policy,
} from '../models/index.ts';
import { checkVocabulary } from './checkVocabulary.ts';
import type { Comparison, Judge, Verdict } from './judge.ts';
import { progressOver } from './progressOver.ts';
import { runTexts, type TextTensors, type TokenText } from './runTexts.ts';

/**
 * Loads a pair-preference language model (RLHFlow's): it reads the conversation and both answers, and the probability of
 * the token A against B, at the place of its next word, is that of the first answer. Both orders are asked, each ordered
 * pair once, and averaged; equal answers are 0.5 without being asked. A question longer than the context is an error.
 *
 * @throws {UserError} when the folder has no language model with a chat template, or A and B are no single tokens
 * @see Dong et al. 2024, arXiv:2405.07863, section 2.3
 * @example
 * const judge = await loadPairPreferenceLm(await resolveHub('hub:RLHFlow/pair-preference-model-LLaMA3-8B'));
 */
export async function loadPairPreferenceLm(folder: string): Promise<Judge> {
  const tokenizer = await loadTokenizer(folder);
  answerLetters(tokenizer);
  checkVocabulary(tokenizer, await readDecoderConfig(folder));
  const model = await loadPolicy(folder, { frozen: true });
  const judge = createPairPreferenceJudge(model, tokenizer, `pair-preference-lm:${await hashWeights(folder)}`);
  return {
    ...judge,
    dispose: () => {
      judge.dispose();
      model.dispose();
    },
  };
}

/**
 * As `loadPairPreferenceLm`, by a language model in memory with the weights it has when it is asked: a policy judges itself.
 * Disposing the judge leaves the model.
 *
 * @param id names the weights, or whose they are
 * @throws {UserError} when the tokenizer has no chat template, or A and B are no single tokens
 * @example const judge = createPairPreferenceJudge(policy, tokenizer, 'the policy of round 2');
 */
export function createPairPreferenceJudge(model: Policy, tokenizer: Tokenizer, id: string): Judge {
  const letters = answerLetters(tokenizer);
  const run = compile(
    ({ ids, last }: TextTensors): tf.Tensor => {
      const weights = readWeights(model);
      const hidden = causalHidden(model.config, weights, ids);
      const [batch, length] = hidden.shape;
      const places = tf.reshape(tf.oneHot(last, length), [batch, length, 1]);
      const state = tf.sum(tf.mul(hidden, places), 1) as tf.Tensor2D;
      const rows = tf.gather(outputEmbedding(model.config, weights), tf.tensor1d(letters, 'int32'));
      return capLogits(model.config, tf.matMul(state, rows, false, true));
    },
    { name: 'pairPreferenceLm' },
  );
  return {
    id,
    compare: async (items, options = {}) => {
      const start = performance.now();
      const { texts, slots } = questionsOf(tokenizer, items, model.config.contextLength);
      const logits = await runTexts(run, texts, progressOver(items.length, options));
      const firstIsA = (slot: number): number => 1 / (1 + Math.exp(logits[slot]![1]! - logits[slot]![0]!));
      const seconds = (performance.now() - start) / 1000 / items.length;
      return slots.map((slot): Verdict => {
        if ('pFirst' in slot || 'error' in slot) return { ...slot, cost: { seconds: 0 } };
        const orders = { forward: firstIsA(slot.forward), backward: firstIsA(slot.backward) };
        const pFirst = (orders.forward + 1 - orders.backward) / 2;
        if (Number.isNaN(pFirst)) return { error: 'the model computed no number', cost: { seconds } };
        const { forward: ab, backward } = orders;
        return { pFirst, orders: { ab, ba: 1 - backward }, raw: JSON.stringify(orders), cost: { seconds } };
      });
    },
    dispose: () => run.dispose(),
  };
}

function answerLetters(tokenizer: Tokenizer): [a: number, b: number] {
  const found = ['A', 'B'].map((letter) => tokenizer.encode(letter, { addSpecialTokens: false }));
  const problems = found.flatMap((ids, i) =>
    ids.length === 1 ? [] : [`"${'AB'[i]}" is ${ids.length} tokens, not one`],
  );
  if (tokenizer.chatTemplate === null) problems.push('there is no chat template');
  if (problems.length === 0) return [found[0]![0]!, found[1]![0]!];
  throw new UserError(
    'judge.tokenizer',
    `${tokenizer.folder}: not the tokenizer of a pair-preference model: ${problems.join('; ')}. ` +
      'Give the folder of a model such as RLHFlow/pair-preference-model-LLaMA3-8B.',
  );
}

/** What is known of an item at once, or where its two orders stand. */
type Slot = { pFirst: number } | { error: string } | { forward: number; backward: number };

function questionsOf(
  tokenizer: Tokenizer,
  items: readonly Comparison[],
  contextLength: number,
): { texts: TokenText[]; slots: Slot[] } {
  const texts: TokenText[] = [];
  const index = new Map<string, number>();
  const slotOf = (prompt: readonly Message[], first: string, second: string): number => {
    const text = questionText(tokenizer, prompt, first, second);
    const known = index.get(text);
    if (known !== undefined) return known;
    const ids = tokenizer.encode(text, { addSpecialTokens: false });
    // A question that does not fit is not asked: cut, it would lose an answer or its place to answer.
    const slot = ids.length > contextLength ? -ids.length : texts.push({ ids, last: ids.length - 1 }) - 1;
    index.set(text, slot);
    return slot;
  };
  const slots = items.map(({ prompt, a, b }): Slot => {
    if (a === b) return { pFirst: 0.5 };
    const [forward, backward] = [slotOf(prompt, a, b), slotOf(prompt, b, a)];
    const longest = -Math.min(forward, backward);
    if (longest <= 0) return { forward, backward };
    return { error: `the question has ${longest} tokens, and the model takes ${contextLength}` };
  });
  return { texts, slots };
}

/** The question in the chat template, without the start token that it may write. */
function questionText(tokenizer: Tokenizer, prompt: readonly Message[], first: string, second: string): string {
  const turns = prompt.map(({ role, content }) => `\n\n<turn> ${role}\n ${content}`);
  const content = `[CONTEXT] \n${turns.join('')}\n\n\n [RESPONSE A] ${first} [RESPONSE B] ${second} \n`;
  const text = renderChat(tokenizer, [{ role: 'user', content }], { addGenerationPrompt: true });
  const start = tokenizer.specialTokens['bos_token'];
  return start === undefined ? text : text.replaceAll(start, '');
}

import type * as tf from '@tensorflow/tfjs-core';

import { loadTokenizer, renderChat, type Message, type Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { compile } from '../engine/index.ts';
import {
  hashWeights,
  loadPolicy,
  readDecoderConfig,
  readWeights,
  sequenceScores,
  type DecoderConfig,
} from '../models/index.ts';
import { checkVocabulary } from './checkVocabulary.ts';
import { createScoringJudge } from './createScoringJudge.ts';
import type { Answer, JudgeOptions, Score, ScoringJudge } from './judge.ts';
import { progressOver } from './progressOver.ts';
import { runTexts, type TextTensors, type TokenText } from './runTexts.ts';
import { tooLong } from './tooLong.ts';

export interface RewardModelOptions {
  /** Divides differences of scores before they become probabilities. Default 1, the Bradley-Terry model itself. */
  temperature?: number;
}

/**
 * Loads a reward model from a folder in Hugging Face layout: a decoder with a sequence-classification head of one label.
 *
 * It reads conversation and answer in the model's chat template, and scores them at the last token that is no padding, as
 * transformers does: where the end token pads, too, it is not seen. What is longer than the context loses its start. Equal
 * texts are scored once. An answer that alone exceeds the context is a failure. Preferences follow from scores by Bradley and Terry: sigmoid of the difference.
 *
 * @throws {UserError} when the folder is not such a model, has several labels, or its tokenizer is another one's
 * @example
 * const judge = await loadRewardModel('./reward-model');
 * const [score] = await judge.score([{ id: '1', prompt: [{ role: 'user', content: 'Hi' }], answer: 'Hello!' }]);
 */
export async function loadRewardModel(folder: string, options: RewardModelOptions = {}): Promise<ScoringJudge> {
  const { temperature = 1 } = options;
  if (!(temperature > 0)) {
    throw new UserError('judge.temperature', `The reward model's temperature is ${temperature}, expected more than 0.`);
  }
  const tokenizer = await loadTokenizer(folder);
  checkVocabulary(tokenizer, await readDecoderConfig(folder));
  const model = await loadPolicy(folder, { task: 'scoring', frozen: true });
  const id = `reward-model:${await hashWeights(folder)}:${temperature}`;
  const run = compile(
    ({ ids, last }: TextTensors) => sequenceScores(model.config, readWeights(model), ids, last) as tf.Tensor,
    { name: 'rewardModel' },
  );
  const score = async (items: readonly Answer[], judging: JudgeOptions = {}): Promise<Score[]> => {
    const start = performance.now();
    const texts: TokenText[] = [];
    // A number is a place among the texts, a text why there is none.
    const index = new Map<string, number | string>();
    const slots = items.map(({ prompt, answer }) => {
      const key = JSON.stringify([prompt, answer]);
      const known = index.get(key);
      if (known !== undefined) return known;
      const text = encodeText(tokenizer, prompt, answer, model.config);
      const slot = tooLong(tokenizer, answer, text.ids, model.config.contextLength) ?? texts.push(text) - 1;
      index.set(key, slot);
      return slot;
    });
    const values = await runTexts(run, texts, progressOver(items.length, judging));
    const cost = { seconds: (performance.now() - start) / 1000 / items.length };
    return slots.map((slot): Score => {
      if (typeof slot === 'string') return { error: slot, cost: { seconds: 0 } };
      const value = values[slot]![0]!;
      return Number.isFinite(value) ? { score: value, cost } : { error: 'the reward model computed no number', cost };
    });
  };
  return createScoringJudge({
    id,
    score,
    temperature,
    dispose: () => {
      run.dispose();
      model.dispose();
    },
  });
}

/** A conversation with its answer, and its last token that is no padding. */
export function encodeText(
  tokenizer: Tokenizer,
  prompt: readonly Message[],
  answer: string,
  { contextLength, padTokenId }: Pick<DecoderConfig, 'contextLength' | 'padTokenId'>,
): TokenText {
  const messages = [...prompt, { role: 'assistant', content: answer }];
  const text = renderChat(tokenizer, messages, { addGenerationPrompt: false });
  const ids = tokenizer.encode(text, { addSpecialTokens: false }).slice(-contextLength);
  const last = ids.findLastIndex((token) => token !== padTokenId);
  return { ids, last: Math.max(last, 0) };
}

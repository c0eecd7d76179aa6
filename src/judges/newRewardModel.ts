import * as tf from '@tensorflow/tfjs-core';

import type { Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { loadWithNewHead, sequenceScores, type DecoderConfig, type NewHead } from '../models/index.ts';
import { checkVocabulary } from './checkVocabulary.ts';
import { paddedLength } from './lengthBatches.ts';
import { encodeText } from './rewardModel.ts';
import { textTensors, type TextTensors, type TokenText } from './runTexts.ts';
import type { TrainableJudge } from './trainableJudge.ts';

/** Classes of transformers that predict tokens; the scoring one of the family has the same beginning. */
const LANGUAGE_MODEL = /(ForCausalLM|LMHeadModel)$/;

/**
 * A Bradley-Terry reward model to be trained: the body of a language model with a fresh head of one score. Its weights,
 * saved with `savePolicy` beside the tokenizer, are what `loadRewardModel` and transformers'
 * `AutoModelForSequenceClassification` open.
 *
 * The saved configuration names the tokenizer's padding token, by which transformers finds the last token to read; a tokenizer
 * without one pads with its end token, which is then not seen at the end of a text.
 *
 * @param folder a causal language model in Hugging Face layout
 * @throws {UserError} when the folder holds none, or the tokenizer is not the model's or has nothing to pad with
 */
export async function newRewardModel(
  folder: string,
  { tokenizer, seed }: { tokenizer: Tokenizer; seed: number | string },
): Promise<TrainableJudge<TokenText, TextTensors>> {
  const padToken = tokenizer.padTokenId ?? tokenizer.eosTokenId;
  if (padToken === null) {
    throw new UserError(
      'judge.tokenizer',
      `${tokenizer.folder}: the tokenizer names neither pad_token nor eos_token, and a reward model is read at the last ` +
        'token that is no padding. Name one in tokenizer_config.json.',
    );
  }
  const model = await loadWithNewHead(folder, (config) => scoringHead(config, padToken), seed);
  const { config } = model;
  try {
    checkVocabulary(tokenizer, config);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return {
    model,
    encode: (prompt, answer) => encodeText(tokenizer, prompt, answer, config),
    tensorsOf: (texts) => {
      const length = paddedLength(texts.reduce((longest, { ids }) => Math.max(longest, ids.length), 1));
      return textTensors(texts, { rows: [...texts.keys()], size: texts.length, length });
    },
    compare: (weights, { ids, last }) => {
      const scores = sequenceScores(config, weights, ids, last);
      const [first, second] = tf.split(scores, 2) as [tf.Tensor1D, tf.Tensor1D];
      return { logits: tf.sub(first, second), scores };
    },
  };
}

function scoringHead({ source, hiddenSize }: DecoderConfig, padToken: number): NewHead {
  const [language] = Array.isArray(source['architectures']) ? (source['architectures'] as unknown[]) : [];
  if (typeof language !== 'string' || !LANGUAGE_MODEL.test(language)) {
    throw new UserError(
      'model.badConfig',
      `config.json: expected the class of a causal language model in "architectures", such as LlamaForCausalLM, found ` +
        `${JSON.stringify(language) ?? 'nothing'}. Give a language model, or name its class.`,
    );
  }
  return {
    source: {
      ...source,
      architectures: [language.replace(LANGUAGE_MODEL, 'ForSequenceClassification')],
      // One label, in the words of transformers.
      id2label: { '0': 'LABEL_0' },
      label2id: { LABEL_0: 0 },
      pad_token_id: padToken,
    },
    name: 'score.weight',
    shape: [1, hiddenSize],
  };
}

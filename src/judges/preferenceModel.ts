import * as tf from '@tensorflow/tfjs-core';

import { loadTokenizer, renderChat, type Message, type Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { compile, type Compiled, type Parameter } from '../engine/index.ts';
import {
  hashWeights,
  weightShapes,
  openWeights,
  readDecoderConfig,
  readParameters,
  readWeights,
} from '../models/index.ts';
import type { DecoderConfig } from '../models/index.ts';
import type { Comparison, Judge, JudgeOptions, Verdict } from './judge.ts';
import {
  HEAD_WEIGHT,
  PREFERENCE_WIDTH,
  preferenceEmbedding,
  preferenceLogit,
  type AnswerTensors,
} from './preferenceEmbedding.ts';
import { paddedLength } from './lengthBatches.ts';
import { progressOver } from './progressOver.ts';
import { tooLong } from './tooLong.ts';

/** Rows encoded together; of long ones half as many, a quarter or fewer, so that a batch has no more tokens than this. */
const BATCH_ROWS = 64;
const BATCH_TOKENS = 16384;

/** One answer in its conversation as token ids: everything, and where the answer starts. */
export interface EncodedAnswer {
  ids: number[];
  answerStart: number;
}

/**
 * Encodes a conversation and an answer as the policy's chat template writes them; a long conversation loses its start.
 */
export function encodeAnswer(
  tokenizer: Tokenizer,
  prompt: readonly Message[],
  answer: string,
  contextLength: number,
): EncodedAnswer {
  const promptIds = tokenizer.encode(renderChat(tokenizer, [...prompt], { addGenerationPrompt: true }), {
    addSpecialTokens: false,
  });
  const answerIds = tokenizer.encode(answer, { addSpecialTokens: false }).slice(0, contextLength - 1);
  const end = tokenizer.eosTokenId === null ? [] : [tokenizer.eosTokenId];
  const room = Math.max(0, contextLength - answerIds.length - end.length);
  const kept = promptIds.slice(Math.max(0, promptIds.length - room));
  return { ids: [...kept, ...answerIds, ...end], answerStart: kept.length };
}

/** Pads encoded answers into tensors for `preferenceEmbedding`; rows without an answer repeat the first one. */
export function answerBatch(answers: readonly EncodedAnswer[], rows: number, padToken: number): AnswerTensors {
  const length = paddedLength(Math.max(...answers.map(({ ids }) => ids.length)));
  const ids = new Int32Array(rows * length).fill(padToken);
  const share = new Float32Array(rows * length);
  const last = new Float32Array(rows * length);
  for (let row = 0; row < rows; row++) {
    const encoded = answers[row] ?? answers[0]!;
    const end = row * length + encoded.ids.length;
    ids.set(encoded.ids, row * length);
    share.fill(1 / (encoded.ids.length - encoded.answerStart), row * length + encoded.answerStart, end);
    last[end - 1] = 1;
  }
  return {
    ids: tf.tensor2d(ids, [rows, length], 'int32'),
    share: tf.tensor2d(share, [rows, length]),
    last: tf.tensor2d(last, [rows, length]),
  };
}

/** Rows of the next batch, given the lengths of those that may be in it, the shortest first. */
function batchSize(lengths: readonly number[]): number {
  let size = BATCH_ROWS;
  while (size > 1 && size * paddedLength(lengths[Math.min(size, lengths.length) - 1]!) > BATCH_TOKENS) size /= 2;
  return size;
}

/** Names and shapes of a preference model's weights. */
export function preferenceWeightShapes(config: DecoderConfig): Map<string, readonly number[]> {
  const shapes = weightShapes({ ...config, tiedEmbeddings: true });
  return shapes.set(HEAD_WEIGHT, [PREFERENCE_WIDTH, 2 * config.hiddenSize]);
}

/**
 * Loads a general preference model from a folder: a decoder in Llama layout with a preference head.
 *
 * Each answer is encoded once; a K x K matrix costs K encodings. Verdicts are antisymmetric by construction, so no
 * second order has to be asked.
 *
 * @throws {UserError} when the folder is not such a model
 * @see Zhang et al. 2024, arXiv:2410.02197 (general preference embeddings)
 */
export async function loadPreferenceModel(folder: string): Promise<Judge> {
  const config = await readDecoderConfig(folder);
  const weights = await openWeights(folder);
  try {
    if (!weights.entries.has(HEAD_WEIGHT)) {
      throw new UserError(
        'judge.notPreferenceModel',
        `${weights.path}: not a preference model: it has no ${HEAD_WEIGHT}. Give the folder of a nashtune preference model.`,
      );
    }
    const tokenizer = await loadTokenizer(folder);
    checkTokenizer(tokenizer, config);
    const id = `preference-model:${await hashWeights(folder)}`;
    const parameters = await readParameters(preferenceWeightShapes(config), weights);
    return createPreferenceJudge({ config, parameters, tokenizer, id });
  } finally {
    await weights.close();
  }
}

/** Refuses a tokenizer that is not the model's, or has no end token. */
export function checkTokenizer(tokenizer: Tokenizer, config: DecoderConfig): void {
  const problems: string[] = [];
  if (tokenizer.vocabSize > config.vocabSize) {
    problems.push(`the tokenizer has ${tokenizer.vocabSize} tokens, the model ${config.vocabSize}`);
  }
  // The end token stands for an empty answer, and tells one that stops from one that was cut.
  if (tokenizer.eosTokenId === null) problems.push('the tokenizer names no eos_token');
  if (problems.length === 0) return;
  throw new UserError(
    'judge.tokenizer',
    `${tokenizer.folder}: ${problems.join('; ')}. Use the tokenizer that was saved with the preference model.`,
  );
}

async function valuesOf(embed: Compiled<[AnswerTensors], tf.Tensor2D>, batch: AnswerTensors): Promise<Float32Array> {
  try {
    const result = await embed.async(batch);
    const values = (await result.data()) as Float32Array;
    result.dispose();
    return values;
  } finally {
    tf.dispose(batch);
  }
}

function verdictOf(logit: number): Verdict {
  if (Number.isNaN(logit)) return { error: 'the preference model computed no number' };
  return { pFirst: 1 / (1 + Math.exp(-logit)) };
}

/** A judge over preference-model weights in memory; disposing it disposes the weights. */
export function createPreferenceJudge(model: {
  config: DecoderConfig;
  parameters: ReadonlyMap<string, Parameter>;
  tokenizer: Tokenizer;
  id: string;
}): Judge {
  const { config, parameters, tokenizer } = model;
  const embed = compile((batch: AnswerTensors) => preferenceEmbedding(config, readWeights({ parameters }), batch), {
    name: 'preferenceModel',
    mode: 'xla',
  });

  const embedAll = async (answers: readonly EncodedAnswer[], options: JudgeOptions): Promise<Float32Array[]> => {
    const order = answers.map((_, i) => i).sort((a, b) => answers[a]!.ids.length - answers[b]!.ids.length || a - b);
    const embeddings: Float32Array[] = Array.from({ length: answers.length });
    let done = 0;
    while (done < order.length) {
      options.signal?.throwIfAborted();
      const size = batchSize(order.slice(done, done + BATCH_ROWS).map((i) => answers[i]!.ids.length));
      const rows = order.slice(done, done + size);
      const encoded = rows.map((i) => answers[i]!);
      const batch = answerBatch(encoded, size, tokenizer.padTokenId ?? 0);
      const values = await valuesOf(embed, batch);
      rows.forEach((row, i) => {
        embeddings[row] = values.slice(i * PREFERENCE_WIDTH, (i + 1) * PREFERENCE_WIDTH);
      });
      done += rows.length;
      options.onProgress?.(done, order.length);
    }
    return embeddings;
  };

  return {
    id: model.id,
    compare: async (items, options = {}) => {
      // A number is a place among the answers, a text why there is none.
      const index = new Map<string, number | string>();
      const answers: EncodedAnswer[] = [];
      const slotOf = ({ prompt }: Comparison, answer: string): number | string => {
        const key = JSON.stringify([prompt, answer]);
        let slot = index.get(key);
        if (slot === undefined) {
          const encoded = encodeAnswer(tokenizer, prompt, answer, config.contextLength);
          slot = tooLong(tokenizer, answer, encoded.ids, config.contextLength - 1) ?? answers.push(encoded) - 1;
          index.set(key, slot);
        }
        return slot;
      };
      const slots = items.map((item) => [slotOf(item, item.a), slotOf(item, item.b)] as const);
      const embeddings = await embedAll(answers, progressOver(items.length, options));
      return slots.map(([a, b]): Verdict => {
        if (typeof a === 'string') return { error: a };
        if (typeof b === 'string') return { error: b };
        return verdictOf(preferenceLogit(embeddings[a]!, embeddings[b]!));
      });
    },
    dispose: () => {
      embed.dispose();
      for (const parameter of parameters.values()) parameter.dispose();
    },
  };
}

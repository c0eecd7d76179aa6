import * as tf from '@tensorflow/tfjs-core';

import { renderChat, type Tokenizer } from '../../../datasets/index.ts';
import { randomStream } from '../../base/seed.ts';
import { compile } from '../../engine/index.ts';
import { capLogits, causalHidden, outputEmbedding, readWeights, type Policy } from '../../models/index.ts';
import { createSampler } from '../../sampling/index.ts';
import type { JudgeOptions } from '../judge.ts';
import { judgmentKey } from '../judgmentStore.ts';
import type { AnswerToken, ChatAnswer, ChatModel, ChatRequest } from './chatModel.ts';

/** Rows of one forward pass, and the step to which their lengths are padded. */
const BATCH_ROWS = 8;
const LENGTH_STEP = 64;

export interface PolicyChatOptions {
  policy: Policy;
  tokenizer: Tokenizer;
  /** Names the weights, which may change: a judge's id, and what is stored under it, belongs to one state of them. */
  id: string;
  /** Default 0. */
  seed?: number;
}

interface Encoded {
  row: number;
  request: ChatRequest;
  ids: number[];
  key: string;
}

/**
 * A policy in memory as a model to ask: with it every judge over a language model judges by the policy itself (self-judge).
 *
 * One-token answers come with the log-probabilities of the likeliest tokens where asked for; longer ones have none. A
 * conversation that leaves no room in the policy's context is an answer with an error.
 *
 * Disposing it leaves the policy.
 *
 * @example const judge = createAlpacaEvalJudge(createPolicyChat({ policy, tokenizer, id: 'round 2' }));
 */
export function createPolicyChat(options: PolicyChatOptions): ChatModel & { dispose(): void } {
  const { policy, tokenizer, id, seed = 0 } = options;
  const sampler = createSampler(policy);
  const next = nextTokenLogProbs(policy);
  const words = new Map<number, string>();
  const wordOf = (token: number): string => {
    const word = words.get(token) ?? tokenizer.decode([token]);
    words.set(token, word);
    return word;
  };

  const tokensThatRead = new Map<string, number[]>();
  /** The tokens that read as one of the words; undefined without words. */
  const tokensOf = (wanted: readonly string[] | undefined): number[] | undefined => {
    if (!wanted) return undefined;
    const name = JSON.stringify(wanted);
    const known = tokensThatRead.get(name);
    if (known) return known;
    const all = Array.from({ length: policy.config.vocabSize }, (_, token) => token);
    const found = all.filter((token) => wanted.includes(wordOf(token)));
    tokensThatRead.set(name, found);
    return found;
  };

  const generate = async (rows: readonly Encoded[], answers: ChatAnswer[], judging: JudgeOptions): Promise<void> => {
    const { maxTokens, temperature } = rows[0]!.request;
    const start = performance.now();
    const generated = await sampler.generate(
      rows.map(({ key, ids }) => ({ key, promptTokens: ids })),
      {
        maxNewTokens: maxTokens,
        temperature,
        seed,
        endToken: tokenizer.eosTokenId ?? -1,
        padToken: tokenizer.padTokenId ?? tokenizer.eosTokenId ?? 0,
        ...(judging.signal ? { signal: judging.signal } : {}),
      },
    );
    const seconds = (performance.now() - start) / 1000 / rows.length;
    rows.forEach(({ row, ids }, i) => {
      const { tokenIds, finishReason } = generated[i]!;
      const said = finishReason === 'stop' ? tokenIds.slice(0, -1) : tokenIds;
      const cost = { seconds, promptTokens: ids.length, completionTokens: tokenIds.length };
      answers[row] = { text: tokenizer.decode(said), cost };
    });
  };

  const predict = async (rows: readonly Encoded[], answers: ChatAnswer[]): Promise<void> => {
    const start = performance.now();
    const table = await next.compute(rows.map(({ ids }) => ids));
    const seconds = (performance.now() - start) / 1000 / rows.length;
    rows.forEach(({ row, request, ids, key }, i) => {
      const logProbs = table.subarray(i * policy.config.vocabSize, (i + 1) * policy.config.vocabSize);
      const drawn = draw(logProbs, request.temperature, randomStream(seed, 'one token', key).uniform());
      const likeliest = likeliestTokens(logProbs, request.topLogProbs!, tokensOf(request.words));
      // The likelier of two tokens that read alike comes last and stays.
      const top = Object.fromEntries(likeliest.reverse().map((token) => [wordOf(token), logProbs[token]!]));
      const text = wordOf(drawn);
      const tokens: AnswerToken[] = [{ token: text, top }];
      answers[row] = { text, tokens, cost: { seconds, promptTokens: ids.length, completionTokens: 1 } };
    });
  };

  const encode = (request: ChatRequest, row: number): Encoded => {
    const text = renderChat(tokenizer, request.messages, { addGenerationPrompt: true });
    const { messages, sample = 0 } = request;
    return {
      row,
      request,
      ids: tokenizer.encode(text, { addSpecialTokens: false }),
      key: judgmentKey(messages, sample),
    };
  };

  return {
    id,
    ask: async (requests, judging = {}) => {
      const answers: ChatAnswer[] = Array.from({ length: requests.length });
      const encoded = requests.map(encode);
      const fits = ({ ids, request }: Encoded): boolean =>
        ids.length + request.maxTokens <= policy.config.contextLength;
      for (const { row, ids, request } of encoded.filter((entry) => !fits(entry))) {
        const room = `${ids.length} prompt tokens and ${request.maxTokens} new ones`;
        answers[row] = { error: `${room} exceed the context of ${policy.config.contextLength}`, cost: { seconds: 0 } };
      }
      let done = requests.length - encoded.filter(fits).length;
      for (const rows of groups(encoded.filter(fits))) {
        judging.signal?.throwIfAborted();
        if (isPrediction(rows[0]!)) await predict(rows, answers);
        else await generate(rows, answers, judging);
        done += rows.length;
        judging.onProgress?.(done, requests.length);
      }
      return answers;
    },
    dispose: () => {
      sampler.dispose();
      next.dispose();
    },
  };
}

function isPrediction({ request: { maxTokens, topLogProbs = 0 } }: Encoded): boolean {
  return maxTokens === 1 && topLogProbs > 0;
}

/** Questions that run together: those to generate by their settings, those to predict by length. */
function groups(encoded: readonly Encoded[]): Encoded[][] {
  const predicted = encoded.filter(isPrediction).sort((a, b) => a.ids.length - b.ids.length || a.row - b.row);
  const batches = Array.from({ length: Math.ceil(predicted.length / BATCH_ROWS) }, (_, i) =>
    predicted.slice(i * BATCH_ROWS, (i + 1) * BATCH_ROWS),
  );
  const generated = new Map<string, Encoded[]>();
  for (const entry of encoded.filter((entry) => !isPrediction(entry))) {
    const name = `${entry.request.maxTokens} ${entry.request.temperature}`;
    const group = generated.get(name);
    if (group) group.push(entry);
    else generated.set(name, [entry]);
  }
  return [...batches, ...generated.values()];
}

/** Log-probabilities of the token behind each of at most `BATCH_ROWS` texts, [texts, vocabulary] row by row. */
function nextTokenLogProbs(policy: Policy): {
  compute(texts: readonly number[][]): Promise<Float32Array>;
  dispose(): void;
} {
  const { config } = policy;
  const predict = compile(
    ({ ids, last }: { ids: tf.Tensor; last: tf.Tensor }) => {
      const weights = readWeights(policy);
      const hidden = causalHidden(config, weights, ids as tf.Tensor2D);
      const states = tf.gather(tf.reshape(hidden, [-1, config.hiddenSize]), last) as tf.Tensor2D;
      const logits = tf.matMul(states, outputEmbedding(config, weights), false, true);
      return tf.logSoftmax(capLogits(config, logits));
    },
    { name: 'nextToken', mode: 'xla' },
  );
  return {
    compute: async (texts) => {
      const longest = Math.max(...texts.map(({ length }) => length));
      const length = Math.min(config.contextLength, Math.ceil(longest / LENGTH_STEP) * LENGTH_STEP);
      const ids = new Int32Array(BATCH_ROWS * length);
      const last = new Int32Array(BATCH_ROWS);
      texts.forEach((text, row) => {
        ids.set(text, row * length);
        last[row] = row * length + text.length - 1;
      });
      const inputs = { ids: tf.tensor2d(ids, [BATCH_ROWS, length], 'int32'), last: tf.tensor1d(last, 'int32') };
      try {
        const result = await predict.async(inputs);
        const values = (await result.data()) as Float32Array;
        result.dispose();
        return values;
      } finally {
        tf.dispose(inputs);
      }
    },
    dispose: () => predict.dispose(),
  };
}

/** The `count` likeliest tokens, the likeliest first; of these only the wanted ones, where some are named. */
function likeliestTokens(logProbs: Float32Array, count: number, wanted?: readonly number[]): number[] {
  const byLikelihood = (a: number, b: number): number => logProbs[b]! - logProbs[a]! || a - b;
  if (count >= logProbs.length) return [...(wanted ?? logProbs.keys())].sort(byLikelihood);
  const likeliest: number[] = [];
  for (let token = 0; token < logProbs.length; token++) {
    if (likeliest.length === count && logProbs[token]! <= logProbs[likeliest.at(-1)!]!) continue;
    const before = likeliest.findIndex((other) => logProbs[other]! < logProbs[token]!);
    likeliest.splice(before < 0 ? likeliest.length : before, 0, token);
    if (likeliest.length > count) likeliest.pop();
  }
  return wanted ? likeliest.filter((token) => wanted.includes(token)) : likeliest;
}

/** Inverts the distribution function at `uniform`; temperature 0 takes the likeliest token. */
function draw(logProbs: Float32Array, temperature: number, uniform: number): number {
  const [best] = likeliestTokens(logProbs, 1) as [number];
  if (temperature === 0) return best;
  const weights = logProbs.map((logProb) => Math.exp((logProb - logProbs[best]!) / temperature));
  let left = uniform * weights.reduce((sum, weight) => sum + weight, 0);
  return Math.max(
    0,
    weights.findIndex((weight) => (left -= weight) < 0),
  );
}

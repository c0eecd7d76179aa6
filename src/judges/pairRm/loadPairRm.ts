import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { loadTokenizer } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { hashWeights, openWeights, readParameters, type WeightFiles } from '../../models/index.ts';
import type { Comparison, Judge, JudgeOptions, Verdict } from '../judge.ts';
import { progressOver } from '../progressOver.ts';
import { pairProbability, type PairLogits, type Symmetrise } from './pairLogits.ts';
import { readPairRmConfig } from './pairRmConfig.ts';
import { createPairRmEncoder, type EncodedPair, type PairRmEncoder, type PairRmSource } from './pairRmInput.ts';
import { createPairRmModel, pairRmWeightSpecs, type PairRmModel } from './pairRmModel.ts';

export interface PairRmOptions {
  /** How the logits of both orders become one probability. Default `logit-mean`. */
  symmetrise?: Symmetrise;
  /** Divides the logits. Default 1. */
  temperature?: number;
  /** Of matrix products. Default `fp32`. */
  precision?: 'fp32' | 'bf16';
}

/** PairRM as a judge. A verdict's `raw` holds the logits of both orders: `{"forward":1.5,"backward":-0.9}`. */
export interface PairRmJudge extends Judge {
  /** Logits of both orders, null for a question with an error; equal answers are asked, too. */
  logits(items: readonly Comparison[], options?: JudgeOptions): Promise<(PairLogits | null)[]>;
}

/**
 * Loads PairRM from a folder: `llm-blender/PairRM-hf`, or a checkpoint of llm-blender converted to safetensors.
 *
 * Each pair is asked in both orders, and each ordered pair once. Equal answers are 0.5 without being asked.
 *
 * @throws {UserError} when the folder is not such a model, or its tokenizer is another one's
 * @see Jiang et al. 2023, arXiv:2306.02561
 * @example
 * const judge = await loadPairRm(await resolveHub('hub:llm-blender/PairRM-hf'));
 * const [verdict] = await judge.compare([{ id: '1', prompt: [{ role: 'user', content: 'hello!' }], a: 'hi!', b: 'go away' }]);
 */
export async function loadPairRm(folder: string, options: PairRmOptions = {}): Promise<PairRmJudge> {
  const { symmetrise = 'logit-mean', temperature = 1, precision = 'fp32' } = options;
  if (!(temperature > 0)) {
    throw new UserError('judge.temperature', `PairRM's temperature is ${temperature}, expected a number above 0.`);
  }
  const config = await readPairRmConfig(folder);
  const weights = await openRankerWeights(folder);
  try {
    checkHead(weights);
    checkTokenizerFile(folder);
    const encoder = createPairRmEncoder(await loadTokenizer(folder), config);
    const hash = await hashWeights(folder);
    const shapes = new Map(pairRmWeightSpecs(config).map(({ name, shape }) => [name, shape]));
    const parameters = await readParameters(shapes, weights, { frozen: true });
    const model = createPairRmModel(config, parameters, { bf16: precision === 'bf16' });
    const id = `pairrm:${hash}:${symmetrise}:${temperature}:${precision}`;
    return pairRmJudge(id, encoder, model, { symmetrise, temperature });
  } finally {
    await weights.close();
  }
}

async function openRankerWeights(folder: string): Promise<WeightFiles> {
  try {
    return await openWeights(folder);
  } catch (error) {
    if (!(error instanceof UserError) || error.code !== 'weights.pickle') throw error;
    throw new UserError(
      'weights.pickle',
      `${folder}: the weights are a pickle, which may run code. Use llm-blender/PairRM-hf: the same model in safetensors.`,
    );
  }
}

function checkHead(weights: WeightFiles): void {
  const head = 'head_layer.1.weight';
  if (weights.entries.has(head)) return;
  throw new UserError(
    'judge.notPairRm',
    `${weights.path}: not a PairRM model: it has no ${head}. Give the folder of llm-blender/PairRM-hf.`,
  );
}

function checkTokenizerFile(folder: string): void {
  const path = join(folder, 'tokenizer.json');
  if (existsSync(path)) return;
  throw new UserError(
    'judge.tokenizer',
    `${path}: no such file; spm.model alone is not read. Copy tokenizer.json and tokenizer_config.json of ` +
      'llm-blender/PairRM-hf into the folder.',
  );
}

/** Ordered pairs of a call, each once. */
interface Questions {
  pairs: EncodedPair[];
  /** Where both orders of an item stand in `pairs`; null where it cannot be asked. */
  slots: ({ forward: number; backward: number } | null)[];
}

function questionsOf(encoder: PairRmEncoder, items: readonly Comparison[]): Questions {
  const pairs: EncodedPair[] = [];
  const index = new Map<string, number>();
  const sources = new Map<string, PairRmSource>();
  const slotOf = (prompt: Comparison['prompt'], left: string, right: string): number => {
    const conversation = JSON.stringify(prompt);
    const key = JSON.stringify([conversation, left, right]);
    const known = index.get(key);
    if (known !== undefined) return known;
    const source = sources.get(conversation) ?? encoder.source(prompt);
    sources.set(conversation, source);
    const slot = pairs.push(encoder.pair(source, left, right)) - 1;
    index.set(key, slot);
    return slot;
  };
  const slots = items.map(({ prompt, a, b }) =>
    prompt.some(({ role }) => role === 'user')
      ? { forward: slotOf(prompt, a, b), backward: slotOf(prompt, b, a) }
      : null,
  );
  return { pairs, slots };
}

function pairRmJudge(
  id: string,
  encoder: PairRmEncoder,
  model: PairRmModel,
  rule: { symmetrise: Symmetrise; temperature: number },
): PairRmJudge {
  const logits = async (items: readonly Comparison[], options: JudgeOptions = {}): Promise<(PairLogits | null)[]> => {
    const { pairs, slots } = questionsOf(encoder, items);
    const scores = await model.scores(pairs, progressOver(items.length, options));
    const logit = (slot: number): number => scores[slot]![0] - scores[slot]![1];
    return slots.map((slot) => slot && { forward: logit(slot.forward), backward: logit(slot.backward) });
  };
  return {
    id,
    logits,
    compare: async (items, options) => {
      const start = performance.now();
      const asked = items.filter(({ a, b }) => a !== b);
      const found = await logits(asked, options);
      const seconds = (performance.now() - start) / 1000 / asked.length;
      let next = 0;
      return items.map(({ a, b }) => {
        if (a === b) return { pFirst: 0.5, cost: { seconds: 0 } };
        return { ...verdictOf(found[next++]!, rule), cost: { seconds } };
      });
    },
    dispose: () => model.dispose(),
  };
}

function verdictOf(logits: PairLogits | null, rule: { symmetrise: Symmetrise; temperature: number }): Verdict {
  if (!logits) return { error: 'the conversation has no message of the user' };
  const pFirst = pairProbability(logits, rule);
  if (Number.isNaN(pFirst)) return { error: 'PairRM computed no number' };
  const own = (logit: number): number => 1 / (1 + Math.exp(-logit / rule.temperature));
  const orders = { ab: own(logits.forward), ba: 1 - own(logits.backward) };
  return { pFirst, orders, raw: JSON.stringify(logits) };
}

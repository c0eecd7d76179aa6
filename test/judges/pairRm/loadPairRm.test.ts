import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { loadTokenizer } from '../../../datasets/index.ts';
import { startEngine } from '../../../src/engine/index.ts';
import { loadPairRm, type Comparison, type PairRmJudge } from '../../../src/judges/index.ts';
import { readPairRmConfig } from '../../../src/judges/pairRm/pairRmConfig.ts';
import { createPairRmEncoder, pairRmTexts } from '../../../src/judges/pairRm/pairRmInput.ts';
import { writeSafetensors, readSafetensors } from '../../../src/models/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const FOLDER = fileURLToPath(new URL('../../golden/pairRm/hf', import.meta.url));

/** expected.json of makePairRmCases.py. */
interface TextCase {
  source: string;
  left: string;
  right: string;
  ids: number[];
  scores: [number, number];
}
const golden = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as TextCase[];
const user = (content: string): Comparison['prompt'] => [{ role: 'user', content }];

let judge: PairRmJudge;
beforeAll(async () => {
  await startEngine();
  judge = await loadPairRm(FOLDER);
});
afterAll(() => judge.dispose());

/** A copy of the golden folder, to be spoiled. */
async function copyOfFolder(): Promise<string> {
  const folder = await temporaryFolder();
  await cp(FOLDER, folder, { recursive: true });
  return folder;
}

test('texts become the ids that llm-blender makes of them, cut where it cuts', async () => {
  const encoder = createPairRmEncoder(await loadTokenizer(FOLDER), await readPairRmConfig(FOLDER));
  for (const { source, left, right, ids } of golden) {
    expect(encoder.pair(encoder.source(user(source)), left, right).ids).toEqual(ids);
  }
  expect(Math.max(...golden.map(({ ids }) => ids.length))).toBe(2048);
});

describe('verdicts', () => {
  // Of the two long cases one is enough.
  const cases = golden.filter(({ ids }) => ids.length !== 2048);
  const items = cases.map(({ source, left, right }, i) => ({
    id: String(i),
    prompt: user(source),
    a: left,
    b: right,
  }));

  test('hold the logits of both orders, the first as transformers computes it', async () => {
    const verdicts = await judge.compare(items);
    verdicts.forEach(({ raw, pFirst }, i) => {
      const { forward, backward } = JSON.parse(raw!) as Record<'forward' | 'backward', number>;
      const [left, right] = cases[i]!.scores;
      expect(Math.abs(forward - (left - right))).toBeLessThan(1e-4);
      expect(pFirst).toBeCloseTo(1 / (1 + Math.exp((backward - forward) / 2)), 10);
    });
    // The second case is the first with its answers swapped.
    expect(verdicts[0]!.pFirst! + verdicts[1]!.pFirst!).toBeCloseTo(1, 12);
  });

  test('of equal answers are one half, without a question', async () => {
    const seen: number[] = [];
    const equal = { id: '', prompt: user('hello!'), a: '', b: '' };
    const verdicts = await judge.compare([equal], { onProgress: (done) => seen.push(done) });
    expect(verdicts).toEqual([{ pFirst: 0.5, cost: { seconds: 0 } }]);
    expect(seen).toEqual([]);
    expect(await judge.compare([])).toEqual([]);
  });

  test('need a message of the user', async () => {
    const [verdict] = await judge.compare([{ id: '', prompt: [], a: 'x', b: 'y' }]);
    expect(verdict!.error).toMatch(/no message of the user/);
    expect(await judge.logits([{ id: '', prompt: [], a: 'x', b: 'y' }])).toEqual([null]);
  });

  test('stop between batches when aborted, and leave no tensor behind', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const progress = (): void => controller.abort(new Error('enough'));
    const stop = judge.compare(items, { signal: controller.signal, onProgress: progress });
    await expect(stop).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('each ordered pair is asked once, whatever asks for it', async () => {
  const texts = ['hi!', 'near a river', 'I love you!'];
  const matrix = texts.flatMap((a) => texts.map((b) => ({ id: '', prompt: user('hello!'), a, b })));
  let total = 0;
  const verdicts = await judge.compare(matrix, { onProgress: (_, all) => (total = all) });
  expect(total).toBe(6);
  expect(verdicts.map(({ pFirst }) => pFirst === 0.5)).toEqual(matrix.map(({ a, b }) => a === b));
});

test('a number that is none is an error of its row', async () => {
  const folder = await copyOfFolder();
  const weights = await readSafetensors(join(FOLDER, 'model.safetensors'));
  weights.get('head_layer.4.bias')!.data.fill(3e38);
  weights.get('head_layer.4.weight')!.data.fill(3e38);
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  const broken = await loadPairRm(folder);
  const [verdict] = await broken.compare([{ id: '', prompt: user('hello!'), a: 'hi!', b: 'no' }]);
  broken.dispose();
  expect(verdict).toMatchObject({ error: 'PairRM computed no number' });
  expect(verdict!.pFirst).toBeUndefined();
});

test('conversations of several turns are written as llm-blender does', () => {
  const turns = ['one', 'two', 'three'].map((content, i) => ({ role: i === 1 ? 'assistant' : 'user', content }));
  expect(pairRmTexts([{ role: 'system', content: 'Be brief.' }, ...user('one')])).toEqual({
    source: 'Be brief.\none',
    before: '',
  });
  expect(pairRmTexts(turns)).toEqual({
    source:
      'Finish the following coversation in each i-th turn by filling in <Response i> with your response.' +
      'USER: one\nAssistant: <Response 1>\nUSER: three\nAssistant: <Response 2>',
    before: '<Response 1>: two\n<Response 2>: ',
  });
});

describe('a folder is refused', () => {
  const refusal = async (spoil: (folder: string) => Promise<void>): Promise<string> => {
    const folder = await copyOfFolder();
    await spoil(folder);
    return (await userErrorOf(() => loadPairRm(folder))).message;
  };

  test('without the head', async () => {
    const encoder = fileURLToPath(new URL('../../golden/deberta/v3/model.safetensors', import.meta.url));
    expect(await refusal((folder) => cp(encoder, join(folder, 'model.safetensors')))).toMatch(/no head_layer.1.weight/);
  });

  test('without tokenizer.json, with advice where to get it', async () => {
    expect(await refusal((folder) => rm(join(folder, 'tokenizer.json')))).toMatch(/spm.model alone.*PairRM-hf/);
  });

  test('with the tokenizer of another model', async () => {
    const other = fileURLToPath(new URL('../../golden/tokenizers/unigram', import.meta.url));
    const message = await refusal((folder) => cp(other, folder, { recursive: true }));
    expect(message).toMatch(/<\|source\|>; .*<\|candidate1\|>; .*<\|candidate2\|>/);
  });

  test('with pickled weights', async () => {
    const message = await refusal(async (folder) => {
      await rm(join(folder, 'model.safetensors'));
      await writeFile(join(folder, 'pytorch_model.bin'), '');
    });
    expect(message).toMatch(/pickle.*PairRM-hf/);
  });
});

describe("llm-blender's own config.json", () => {
  const RANKER = { ranker_type: 'pairranker', model_name: 'microsoft/deberta-v3-large', source_max_length: 128 };

  test('stands for DeBERTa v3 large and gives the lengths', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), JSON.stringify({ ...RANKER, candidate_max_length: 128 }));
    const { encoder, ...rest } = await readPairRmConfig(folder);
    expect(rest).toEqual({ tasks: 1, sourceLength: 128, candidateLength: 128 });
    expect([encoder.vocabSize, encoder.layers, encoder.hiddenSize]).toEqual([128005, 24, 1024]);
  });

  test('of another ranker or encoder is refused', async () => {
    const folder = await copyOfFolder();
    const other = { ...RANKER, ranker_type: 'summareranker', model_name: 'roberta-large' };
    await writeFile(join(folder, 'config.json'), JSON.stringify(other));
    const { message } = await userErrorOf(() => loadPairRm(folder));
    expect(message).toMatch(/ranker_type.*"summareranker"\n.*model_name.*"roberta-large"/);
  });

  test('beside an encoder configuration as ranker_config.json gives the lengths', async () => {
    const folder = await copyOfFolder();
    await writeFile(join(folder, 'ranker_config.json'), JSON.stringify({ ...RANKER, source_maxlength: 99 }));
    expect((await readPairRmConfig(folder)).sourceLength).toBe(99);
    expect(JSON.parse(await readFile(join(folder, 'config.json'), 'utf8'))).toHaveProperty('source_prefix_id');
  });
});

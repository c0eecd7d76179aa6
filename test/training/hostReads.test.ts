import { beforeAll, expect, onTestFinished, test, vi } from 'vitest';

import { pairBatches } from '../../datasets/index.ts';
import { LOSSES } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { NativeFunction } from '../../src/engine/native/function.ts';
import { nativeState } from '../../src/engine/state.ts';
import { createSampler } from '../../src/sampling/index.ts';
import { createTrainer } from '../../src/training/index.ts';
import { loadGoldenPolicy } from '../models/modelCases.ts';

beforeAll(async () => {
  await startEngine();
});

/** What goes to the device and what comes from it: a call of a compiled function, or how many bytes were read. */
function watchDevice(): ('call' | number)[] {
  const events: ('call' | number)[] = [];
  const { tensorFlow } = nativeState()!.binding;
  const read = tensorFlow.readHandle.bind(tensorFlow);
  const reading = vi.spyOn(tensorFlow, 'readHandle').mockImplementation((handle) => {
    const values = read(handle);
    events.push(values.byteLength);
    return values;
  });
  const runAsync = Reflect.get(NativeFunction.prototype, 'runAsync');
  const calling = vi
    .spyOn(NativeFunction.prototype, 'runAsync')
    .mockImplementation(function (this: NativeFunction, inputs) {
      events.push('call');
      return runAsync.call(this, inputs);
    });
  onTestFinished(() => {
    reading.mockRestore();
    calling.mockRestore();
  });
  return events;
}

test('a training step reads nothing from the device before its end, and then a number for each token and two more', async () => {
  const policy = await loadGoldenPolicy();
  const trainer = createTrainer({
    policy,
    loss: LOSSES.dpo,
    lossOptions: { beta: 0.1 },
    clipNorm: 1,
    weightDecay: 0,
    padToken: 0,
    bf16: false,
  });
  const pairs = [0, 1, 2, 3].map((i) => ({
    id: String(i),
    promptIds: [5 + i, 6, 7],
    chosenIds: [20 + i, 21, 22, 2],
    rejectedIds: [30 + i, 31, 2],
  }));
  const batch = pairBatches(pairs, { batchSize: 4, maxLength: 128, padTokenId: 0, order: 'given' }).next().value!;
  const reference = { refChosenLogps: new Float32Array(4).fill(-9), refRejectedLogps: new Float32Array(4).fill(-9) };
  await trainer.update(batch, reference, 1, 1e-4);
  const events = watchDevice();
  await trainer.update(batch, reference, 2, 1e-4);
  // Log-probabilities of eight sequences of 32 tokens but the first, the loss and the gradient's norm: of the weights, nothing.
  expect(events).toEqual(['call', 8 * 31 * 4, 4, 4]);
  trainer.dispose();
  policy.dispose();
});

test('a loop of decoding reads nothing before its end, and then tokens, log-probabilities and their number', async () => {
  const policy = await loadGoldenPolicy();
  const sampler = createSampler(policy);
  const requests = [[5, 6, 7], [8], [9, 10]].map((promptTokens, i) => ({ key: String(i), promptTokens }));
  const options = { maxNewTokens: 12, temperature: 1, seed: 7, endToken: -1, padToken: 0, batchSize: 3 };
  await sampler.generate(requests, options);
  const events = watchDevice();
  await sampler.generate(requests, options);
  const reads = events.filter((event) => event !== 'call');
  // Prompts are prefilled and placed, then one loop draws all twelve tokens of the three rows.
  expect(events.indexOf(reads[0]!)).toBe(events.length - reads.length);
  expect(reads).toHaveLength(3);
  expect(reads.at(-1)).toBe(4);
  sampler.dispose();
  policy.dispose();
});

import { readdir, readFile } from 'node:fs/promises';

import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { compile, type CompileMode } from '../../src/engine/index.ts';
import { startWasmBackend } from '../../src/engine/wasmBackend.ts';
import { CASES, type KernelCase, type TensorSpec } from './kernelCases.ts';
import { describeNative } from './nativeTests.ts';

// Every way of running is compared with the plain JavaScript backend, which computes each element in double precision and
// rounds it once.
//
// Tolerance: with u = 2^-24 the unit roundoff and m the largest element of the reference, a sum of n terms errs by at most
// n u m', m' the sum of their absolute values. The longest sums here (products over 8, gradients over 60 elements) have
// n m' <= 60 m, and elementary functions in vectorized code are good to 4 units in the last place (8 u). A chain of at most
// 4 such operations per value stays within 256 u (1 + m) = 1.5e-5 (1 + m).
const TOLERANCE = 256 * 2 ** -24;

interface Outcome {
  shapes: string[];
  numbers: number[][];
}

/** Cases compiled together. */
const BATCH = 64;

const makeTensor = ({ values, shape, dtype }: TensorSpec): tf.Tensor => tf.tensor(values, shape, dtype);

/** Values, then gradients by the float inputs of the values' sum with fixed weights, so that every element counts. */
function evaluate({ run, differentiable }: KernelCase, inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const valuesOf = (...all: tf.Tensor[]): tf.Tensor[] => [run(...all)].flat();
  const values = valuesOf(...inputs);
  if (!differentiable) return values;
  const floats = inputs.flatMap((input, i) => (input.dtype === 'float32' ? [i] : []));
  const weighted = (...chosen: tf.Tensor[]): tf.Scalar => {
    const all = inputs.map((input, i) => (floats.includes(i) ? chosen[floats.indexOf(i)]! : input));
    const sums = valuesOf(...all)
      .filter(({ dtype }) => dtype === 'float32')
      .map((value) => {
        const weights = Float32Array.from({ length: value.size }, (_, i) => Math.cos(i + 1));
        return tf.sum(tf.mul(value, tf.tensor(weights, value.shape)));
      });
    return tf.addN(sums) as tf.Scalar;
  };
  return [...values, ...tf.grads(weighted)(floats.map((i) => inputs[i]!))];
}

async function outcomeOf(tensors: readonly tf.Tensor[]): Promise<Outcome> {
  const numbers: number[][] = [];
  for (const tensor of tensors) numbers.push([...(await tensor.data())]);
  return { shapes: tensors.map(({ dtype, shape }) => `${dtype}[${shape.join(', ')}]`), numbers };
}

type Way = 'cpu' | 'wasm' | CompileMode;

const comparedIn = (way: Way): KernelCase[] => CASES.filter(({ without }) => without[way as 'wasm'] === undefined);

/** Runs all cases; what fails is kept as an error, to be reported by its own test. */
async function runAll(way: Way, mode: CompileMode): Promise<Map<string, Outcome | Error>> {
  const outcomes = new Map<string, Outcome | Error>();
  // Many cases make one function: XLA compiles a hundred small functions more slowly than a few large ones.
  const run = async (cases: KernelCase[]): Promise<void> => {
    const inputs = cases.map((kernelCase) => kernelCase.inputs.map(makeTensor));
    const compiled = compile((all: tf.Tensor[][]) => cases.map((one, i) => evaluate(one, all[i]!)), { mode });
    try {
      const results = compiled(inputs);
      for (const [i, { name }] of cases.entries()) outcomes.set(name, await outcomeOf(results[i]!));
      tf.dispose(results);
    } catch (error) {
      const half = cases.length >> 1;
      if (half === 0) outcomes.set(cases[0]!.name, error as Error);
      for (const part of half === 0 ? [] : [cases.slice(0, half), cases.slice(half)]) await run(part);
    }
    compiled.dispose();
    tf.dispose(inputs);
  };
  const cases = comparedIn(way);
  for (let start = 0; start < cases.length; start += BATCH) await run(cases.slice(start, start + BATCH));
  return outcomes;
}

let reference: Map<string, Outcome | Error>;
const used = new Set<string>();

beforeAll(async () => {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  for (const kernelCase of CASES) {
    const profile = tf.profile(() => evaluate(kernelCase, kernelCase.inputs.map(makeTensor)));
    // A case that fails here fails as a reference too, where it is reported under its name.
    for (const name of (await profile.catch(() => null))?.kernelNames ?? []) used.add(name);
  }
  reference = await runAll('cpu', 'eager');
});

function compareWith(way: Way, mode: CompileMode, backend: () => Promise<void>): void {
  let outcomes: Map<string, Outcome | Error>;
  beforeAll(async () => {
    await backend();
    outcomes = await runAll(way, mode);
  });
  afterAll(() => tf.setBackend('cpu').then(() => undefined));

  test.each(comparedIn(way).map(({ name }) => name))('%s', (name) => {
    const expected = reference.get(name)!;
    const found = outcomes.get(name)!;
    if (expected instanceof Error) throw expected;
    if (found instanceof Error) throw found;
    expect(found.shapes).toEqual(expected.shapes);
    expected.numbers.forEach((numbers, i) => {
      const largest = Math.max(1, ...numbers.map(Math.abs));
      const error = Math.max(0, ...numbers.map((value, j) => Math.abs(value - found.numbers[i]![j]!)));
      expect(error, `tensor ${i}: ${String(found.numbers[i])} instead of ${String(numbers)}`).toBeLessThanOrEqual(
        TOLERANCE * (1 + largest),
      );
    });
  });
}

const native = (): Promise<void> => tf.setBackend('tensorflow').then(() => undefined);

describeNative('operations on TensorFlow agree with plain JavaScript', () => {
  describe('one by one', () => compareWith('eager', 'eager', native));
  describe('in compiled graphs', () => compareWith('graph', 'graph', native));
  describe('compiled by XLA', () => compareWith('xla', 'xla', native));
});
describe('operations on WebAssembly agree with plain JavaScript', () => compareWith('wasm', 'eager', startWasmBackend));

describe('the table of operations', () => {
  test('holds every operation that TensorFlow.js differentiates', () => {
    const differentiable = tf
      .getKernelsForBackend('cpu')
      .map(({ kernelName }) => kernelName)
      .filter((kernelName) => tf.getGradient(kernelName));
    expect(differentiable.filter((kernelName) => !used.has(kernelName))).toEqual([]);
  });

  test('holds every operation that models, sampling, training, judges and losses call', async () => {
    const folders = ['src/models', 'src/sampling', 'src/training', 'src/judges', 'src/world', 'losses'];
    const called = new Set<string>();
    for (const folder of folders) {
      const files = await readdir(folder, { recursive: true }).catch(() => []);
      for (const file of files.filter((name) => name.endsWith('.ts'))) {
        for (const name of namesCalled(await readFile(`${folder}/${file}`, 'utf8'))) called.add(name);
      }
    }
    const tested = namesCalled(await readFile('test/engine/kernelCases.ts', 'utf8'));
    // What is no operation of a backend.
    for (const name of [
      'tidy',
      'keep',
      'dispose',
      'customGrad',
      'grads',
      'valueAndGrad',
      'valueAndGrads',
      'engine',
      'memory',
      'tensor',
    ]) {
      called.delete(name);
    }
    const missing = [...called].filter((name) => !tested.has(name));
    expect(missing, 'Add a case to test/engine/kernelCases.ts for each').toEqual([]);
  });
});

/** The tfjs functions that a source file calls, `tf.concat2d` and the like as `concat`. */
function namesCalled(source: string): Set<string> {
  return new Set([...source.matchAll(/\btf\.([a-z]\w*?)(?:\dd)?[(<]/g)].map(([, name]) => name!));
}

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../../base/seed.ts';
import { UserError } from '../../base/userError.ts';
import { assume, createParameter, type Parameter } from '../../engine/index.ts';
import { ADAPTER_DROPOUT, adapterNames } from '../layers/adapter.ts';
import type { Linear } from '../layers/linear.ts';
import type { Weights } from '../layers/weights.ts';
import type { Policy } from '../policy.ts';
import { linearsOf, loraScale, loraSchema, targetsOf, type LoraConfig } from './loraConfig.ts';

/** A low-rank adapter on some linear maps of a policy. */
export interface Adapter {
  readonly config: LoraConfig;
  readonly targets: readonly Linear[];
  /** A [rank, in] and B [out, rank] of each target, by `adapterNames`. */
  readonly parameters: ReadonlyMap<string, Parameter>;
  /** Whether it stands in the base weights at present (`mergeAdapter`). */
  merged: boolean;
}

/**
 * Puts a new adapter on a policy: A uniform in +-1 / sqrt(in), B zero, so that nothing changes before the first update.
 * The result owns the policy and the adapter; its base weights are not trained.
 *
 * @throws {UserError} when an option is out of range or no linear map has such a name
 * @see Hu et al. 2022, arXiv:2106.09685; initial values as PEFT's
 */
export function withAdapter(policy: Policy, options: Partial<LoraConfig>, seed: number | string): Policy {
  const config = parseLora(options);
  const targets = checkedTargets(policy, config);
  const parameters = new Map<string, Parameter>();
  for (const target of targets) {
    const { a, b } = adapterNames(target.name);
    const random = randomStream(seed, 'adapter', a);
    const bound = 1 / Math.sqrt(target.inputs);
    const down = Float32Array.from({ length: config.rank * target.inputs }, () => bound * (2 * random.uniform() - 1));
    parameters.set(a, parameterOf(a, down, [config.rank, target.inputs]));
    parameters.set(b, parameterOf(b, new Float32Array(target.outputs * config.rank), [target.outputs, config.rank]));
  }
  return adapted(policy, { config, targets, parameters, merged: false });
}

function parseLora(options: Partial<LoraConfig>): LoraConfig {
  const parsed = loraSchema.safeParse(options);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `lora.${path.join('.')}: ${message}`).join('; ');
  throw new UserError('lora.options', `${problems}. Correct the options of the adapter.`);
}

function checkedTargets(policy: Policy, { targetModules }: LoraConfig): Linear[] {
  let targets: Linear[];
  try {
    targets = targetsOf(policy.config, targetModules);
  } catch (error) {
    throw new UserError(
      'lora.targets',
      `lora.targetModules: "${String(targetModules)}" is no regular expression (${(error as Error).message}). Correct it.`,
    );
  }
  if (targets.length > 0) return targets;
  const endings = new Set(linearsOf(policy.config).map(({ name }) => name.split('.').at(-1)!));
  throw new UserError(
    'lora.targets',
    `lora.targetModules: no linear map is called ${JSON.stringify(targetModules)}. Names end in: ${[...endings].join(', ')}.`,
  );
}

/** A parameter from plain numbers. */
export function parameterOf(name: string, data: Float32Array, shape: readonly number[]): Parameter {
  const initial = tf.tensor(data, [...shape]);
  const parameter = createParameter(initial, name);
  initial.dispose();
  return parameter;
}

/** A policy with this adapter; it owns both. */
export function adapted(policy: Policy, adapter: Adapter): Policy {
  return {
    ...policy,
    adapter,
    dispose: () => {
      for (const parameter of adapter.parameters.values()) parameter.dispose();
      policy.dispose();
    },
  };
}

/**
 * The policy with its adapter off: the reference of training, without a second model. It shares the weights and owns
 * nothing, so disposing it does nothing.
 */
export function withoutAdapter(policy: Policy): Policy {
  if (policy.adapter?.merged) throw merged('withoutAdapter');
  return { ...policy, adapter: undefined, dispose: () => undefined };
}

/** What training changes: the adapter where there is one, else all weights. */
export function trainableParameters({ parameters, adapter }: Policy): ReadonlyMap<string, Parameter> {
  if (adapter?.merged) throw merged('trainableParameters');
  return adapter ? adapter.parameters : parameters;
}

/**
 * The weights of a forward pass in training.
 *
 * @param trainable present values of `trainableParameters`, by name
 * @param dropoutSeed [2] int32, another one in each step; without it no dropout
 */
export function trainingWeights(policy: Policy, trainable: Weights, dropoutSeed?: tf.Tensor1D): Weights {
  const { adapter, parameters } = policy;
  if (!adapter) return trainable;
  if (adapter.merged) throw merged('trainingWeights');
  assumeAsNow(adapter);
  const frozen = Object.fromEntries([...parameters].map(([name, parameter]) => [name, parameter.read()]));
  const { dropout } = adapter.config;
  const noise =
    dropoutSeed && dropout > 0
      ? { [ADAPTER_DROPOUT.rate]: tf.scalar(dropout), [ADAPTER_DROPOUT.seed]: dropoutSeed }
      : {};
  return { ...frozen, ...scaledAdapter(adapter, trainable), ...noise };
}

/** What is recorded now is recorded anew once the adapter is merged or taken off again. */
export function assumeAsNow(adapter: Adapter): void {
  const { merged: before } = adapter;
  assume(() => adapter.merged === before);
}

/** Values of an adapter with its scale multiplied into B, as linear maps expect it. */
export function scaledAdapter({ config, targets }: Adapter, values: Weights): Weights {
  const scaled: Record<string, tf.Tensor> = { ...values };
  for (const { name } of targets) {
    const { b } = adapterNames(name);
    scaled[b] = tf.mul(values[b]!, loraScale(config));
  }
  return scaled;
}

/**
 * Adds the adapter to the base weights, in place: forward passes cost nothing extra, and the policy is saved as a whole
 * model.
 *
 * @throws {RangeError} when there is no adapter, or it is merged already
 */
export function mergeAdapter(policy: Policy): void {
  const adapter = adapterOf(policy, 'mergeAdapter');
  if (adapter.merged) throw merged('mergeAdapter');
  addToWeights(policy, adapter, 1);
  adapter.merged = true;
}

/**
 * Takes a merged adapter off the base weights again, up to the rounding of float32.
 *
 * @throws {RangeError} when there is no merged adapter
 */
export function unmergeAdapter(policy: Policy): void {
  const adapter = adapterOf(policy, 'unmergeAdapter');
  if (!adapter.merged) throw new RangeError('unmergeAdapter: the adapter is not merged. Call mergeAdapter first.');
  addToWeights(policy, adapter, -1);
  adapter.merged = false;
}

function adapterOf({ adapter }: Policy, caller: string): Adapter {
  if (adapter) return adapter;
  throw new RangeError(`${caller}: the policy has no adapter. Put one on with withAdapter or loadAdapter.`);
}

function merged(caller: string): RangeError {
  return new RangeError(`${caller}: the adapter is merged into the base weights. Call unmergeAdapter first.`);
}

function addToWeights({ parameters }: Policy, { config, targets, parameters: own }: Adapter, sign: 1 | -1): void {
  for (const { name, transposed } of targets) {
    tf.tidy(() => {
      const { a, b } = adapterNames(name);
      const [down, up] = [a, b].map((key) => own.get(key)!.read()) as [tf.Tensor2D, tf.Tensor2D];
      const product = tf.mul(tf.matMul(up, down), sign * loraScale(config));
      const weight = parameters.get(`${name}.weight`)!;
      weight.assign(tf.add(weight.read(), transposed ? tf.transpose(product) : product));
    });
  }
}

import { join } from 'node:path';

import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../base/seed.ts';
import { createParameter, type Parameter } from '../engine/index.ts';
import { weightShapes } from './decoder.ts';
import type { DecoderConfig } from './decoderConfig.ts';
import { loadPolicy, type Policy } from './policy.ts';
import { parseDecoderConfig } from './readDecoderConfig.ts';

/** A head in place of the one that predicts tokens. */
export interface NewHead {
  /** The config.json of the model with this head. */
  source: Record<string, unknown>;
  /** Name of its matrix, and its shape. */
  name: string;
  shape: readonly number[];
}

/**
 * Loads a language model's body and puts a head with random weights on it: normal with the configuration's
 * initializer_range (0.02), as transformers does.
 *
 * @param seed derives the head's weights
 * @throws {UserError} as `loadPolicy`, and when no such head is known for the model's family
 */
export async function loadWithNewHead(
  folder: string,
  headOf: (config: DecoderConfig) => NewHead,
  seed: number | string,
): Promise<Policy> {
  const base = await loadPolicy(folder);
  try {
    const { source, name, shape } = headOf(base.config);
    const config = parseDecoderConfig(source, join(folder, 'config.json'));
    const deviation = Number(base.config.source['initializer_range'] ?? 0.02);
    const parameters = bodyOf(base);
    parameters.set(name, randomParameter(name, shape, deviation, seed));
    // A head with a name of its own says that the body's names have their prefix.
    const layout = base.config.omittedPrefix === '' ? base.layout : null;
    const dispose = (): void => {
      for (const parameter of parameters.values()) parameter.dispose();
    };
    return { config, parameters, layout, unused: base.unused, dispose };
  } catch (error) {
    base.dispose();
    throw error;
  }
}

/** The weights without the head, by their whole names; the head is disposed. */
function bodyOf({ config, parameters }: Policy): Map<string, Parameter> {
  const body = weightShapes({ ...config, tiedEmbeddings: true });
  for (const [name, parameter] of parameters) if (!body.has(name)) parameter.dispose();
  return new Map([...body.keys()].map((name) => [`${config.omittedPrefix}${name}`, parameters.get(name)!]));
}

function randomParameter(name: string, shape: readonly number[], deviation: number, seed: number | string): Parameter {
  const random = randomStream(seed, 'initialize', name);
  const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => deviation * random.normal());
  const initial = tf.tensor(data, [...shape]);
  const parameter = createParameter(initial, name);
  initial.dispose();
  return parameter;
}

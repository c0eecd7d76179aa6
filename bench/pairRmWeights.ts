import { pairRmWeightSpecs, type PairRmConfig } from 'nashtune/judges';
import type { StoredTensor } from 'nashtune/models';

import type { RandomStream } from '../src/base/seed.ts';

/**
 * Random weights of a PairRM: matrices normal with that deviation, norms at one, biases at zero. One block is drawn and
 * repeated: 300 million draws of the real size would take longer than the benchmark.
 */
export function randomPairRmWeights(
  config: PairRmConfig,
  { random, deviation }: { random: RandomStream; deviation: number },
): Map<string, StoredTensor> {
  const block = Float32Array.from({ length: 1 << 18 }, () => deviation * random.normal());
  const weights = new Map<string, StoredTensor>();
  for (const { name, shape, initial } of pairRmWeightSpecs(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(initial === 'ones' ? 1 : 0);
    if (initial === 'normal') {
      for (let at = 0; at < data.length; at += block.length) data.set(block.subarray(0, data.length - at), at);
    }
    weights.set(name, { shape: [...shape], data });
  }
  return weights;
}

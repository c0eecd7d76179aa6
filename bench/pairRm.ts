/**
 * Times PairRM in its real size (DeBERTa v3 large and its head) with random weights, and prints one JSON object. A step is
 * 8 ordered pairs of 256 tokens. The vocabulary is small: it costs memory, and a look-up takes no time.
 *
 *   node --import tsx bench/pairRm.ts [--precision auto|fp32|bf16] [--steps 3] [--threads N]
 */
import { parseArgs } from 'node:util';

import { createPairRmModel, type EncodedPair, type PairRmConfig } from 'nashtune/judges';
import { createParameters, parseDebertaConfig } from 'nashtune/models';

import { randomStream, type RandomStream } from '../src/base/seed.ts';
import { runBenchmark, type BenchOptions } from './benchmark.ts';
import { randomPairRmWeights } from './pairRmWeights.ts';

const PAIRS = 8;
const LENGTH = 256;
const CONFIG: PairRmConfig = {
  encoder: parseDebertaConfig(
    {
      model_type: 'deberta-v2',
      vocab_size: 1024,
      hidden_size: 1024,
      intermediate_size: 4096,
      num_hidden_layers: 24,
      num_attention_heads: 16,
      position_buckets: 256,
      norm_rel_ebd: 'layer_norm',
      share_att_key: true,
      pos_att_type: 'p2c|c2p',
      relative_attention: true,
      position_biased_input: false,
    },
    'PairRM',
  ),
  tasks: 1,
  sourceLength: 1224,
  candidateLength: 412,
};

const { values } = parseArgs({
  options: {
    precision: { type: 'string', default: 'auto' },
    steps: { type: 'string', default: '3' },
    threads: { type: 'string' },
  },
});
const options: BenchOptions = {
  seed: 1,
  precision: values.precision as BenchOptions['precision'],
  threads: values.threads === undefined ? undefined : Number(values.threads),
};
const result = await runBenchmark('pairrm', options, (precision) => {
  const random = randomStream(options.seed, 'bench', 'pairrm');
  const weights = randomPairRmWeights(CONFIG, { random, deviation: 0.02 });
  const shapes = new Map([...weights].map(([name, { shape }]) => [name, shape]));
  const model = createPairRmModel(CONFIG, createParameters(shapes, weights, 'random weights'), {
    bf16: precision === 'bf16',
  });
  const pairs = Array.from({ length: PAIRS }, () => randomPair(random));
  return {
    warmUp: [0],
    runs: Number(values.steps),
    tokens: () => PAIRS * LENGTH,
    stepsPerRun: 1,
    run: async () => {
      await model.scores(pairs);
    },
    dispose: () => model.dispose(),
  };
});
console.log(JSON.stringify({ ...result, pairsPerSecond: PAIRS / result.stepSecondsMedian }));

function randomPair(random: RandomStream): EncodedPair {
  return { ids: Array.from({ length: LENGTH }, () => random.integer(1024)), markers: [1, 100, 180] };
}

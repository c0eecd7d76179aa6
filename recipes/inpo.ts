import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  planPolicyLoop,
  policyOptions,
  promptOptions,
  roundOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 3, reference: 'base' }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 8 }),
  judging: z
    .enum(['tournament', 'all'])
    .default('tournament')
    .describe(
      'tournament: 11 comparisons of 8 answers; all: every two answers, best and worst by mean win probability',
    ),
  loss: z
    .object({
      eta: z
        .number()
        .positive()
        .default(0.005)
        .describe(
          'inverse step of the mirror descent: the gap is pulled to 1/(2 eta) nats. SPPO’s eta is the inverse of this',
        ),
      tauOverEta: z
        .number()
        .min(0)
        .max(1)
        .default(1 / 3)
        .describe('weight of the fixed base as reference; the rest is that of the previous iterate'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-7, schedule: 'cosine', warmupRatio: 0.03 }),
});

/** Of the paper, for both its base models; it does not say how many epochs. */
const published = {
  rounds: 3,
  reference: 'base',
  judging: 'tournament',
  sampling: { samples: 8, maxNewTokens: 2048, temperature: 1 },
  loss: { eta: 0.005, tauOverEta: 1 / 3 },
  train: { learningRate: 5e-7, schedule: 'cosine', warmupRatio: 0.03, batchSize: 128 },
  data: { promptsPerRound: 20000, order: 'fresh' },
} as const;

/**
 * Iterative Nash Policy Optimization: in each round the policy answers prompts K times, a tournament finds the best and the worst
 * answer, and the policy takes a step of online mirror descent towards the Nash policy of the game that is regularized towards the
 * base: a regression of the pair's gap with two references, the base and itself at the start of the round.
 *
 * Zhang et al. 2024, arXiv:2407.00617, algorithm 1 and section 5; the authors published no code. The theory has pairs drawn
 * independently, the experiments the best and the worst of eight. A pair whose chosen answer does not beat the rejected one is
 * left out. Log-probabilities are sums; MNPO's code averages them over tokens, which is another algorithm under the same eta.
 * COMAL (yale-nlp/COMAL) has eta 0.002 and renews the base every 12 rounds.
 */
export default defineRecipe({
  name: 'inpo',
  summary: 'INPO on your prompts and model: mirror descent to the Nash policy, held by the base, round after round',
  examples: [
    'nashtune run inpo --set policy=./my-model --set judge=./my-judge --set data.prompts=prompts.jsonl',
    'nashtune run inpo --preset llama-3-8b --set policy=hub:RLHFlow/LLaMA3-SFT --set judge=hub:RLHFlow/pair-preference-model-LLaMA3-8B --set data.prompts=prompts.jsonl',
  ],
  schema,
  plan: planPolicyLoop,
  presets: { 'llama-3-8b': published },
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      { title: 'INPO', loss: LOSSES.inpo, lossOptions: config.loss },
      async ({ rounds }) => {
        for await (const round of rounds()) {
          const samples = await round.sample();
          const judgments = await round.judge(samples, { comparisons: config.judging });
          const rule = config.judging === 'tournament' ? 'tournament' : 'max-min';
          const pairs = await round.pair(samples, judgments, { rule, mustBeat: true });
          await round.train(pairs, samples);
        }
      },
    ),
});

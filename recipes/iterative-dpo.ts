import { defineRecipe } from 'nashtune';
import {
  judgeOptions,
  lossOptions,
  PAIR_LABELS,
  planPolicyLoop,
  policyOptions,
  promptOptions,
  roundOptions,
  samplingOptions,
  trainingOptions,
  withPolicyLoop,
} from 'nashtune/loop';
import { z } from 'zod';

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 3, reference: 'base' }),
  ...lossOptions('dpo'),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 8 }),
  pairing: z
    .enum(['max-min', 'best-second', 'ranked'])
    .default('max-min')
    .describe('best and worst answer, best and second best, or every answer with every worse one'),
  train: trainingOptions({ learningRate: 5e-7, schedule: 'cosine', warmupRatio: 0.03, epochs: 2 }),
});

/**
 * Iterative DPO: in each round the policy answers prompts K times, a judge compares the answers, and the policy is trained by
 * DPO, or any other loss, on the best and the worst of them. Prompts whose best and worst answers are equally good are left out.
 *
 * Dong et al. 2024, arXiv:2405.07863 (RLHFlow); defaults from its section 3 and https://github.com/RLHFlow/Online-RLHF.
 *
 * Which reference? The paper and its results have the fixed base, and its authors find a moving one less stable
 * (RLHFlow/Online-RLHF#5, #7, #18): a search in one ball around the base. The scripts since commit 2c673b8 have the previous
 * iterate: mirror descent, whose whole way is not held back. Ours is the paper's; `reference=previous` is the scripts'.
 *
 * @see INPO's comparison (arXiv:2407.00617, table 1), which uses a preference model as the judge
 */
export default defineRecipe({
  name: 'iterative-dpo',
  summary: 'DPO, or any other loss, on answers that a judge compared, round after round',
  examples: [
    'nashtune run iterative-dpo --set policy=./my-model --set judge=./my-judge --set data.prompts=prompts.jsonl',
    'nashtune run iterative-dpo --set loss=ipo_sum --set lossOptions.beta=0.01 --set data.prompts=prompts.jsonl',
    'nashtune run iterative-dpo --preset llama-3-8b --set policy=hub:RLHFlow/LLaMA3-SFT --set data.prompts=prompts.jsonl',
  ],
  schema,
  plan: planPolicyLoop,
  presets: {
    // run_loop.sh up to 2c673b8, and the paper's: K 8, temperature 1, max_min, batches of 128, two epochs.
    'llama-3-8b': {
      rounds: 3,
      reference: 'base',
      sampling: { samples: 8, maxNewTokens: 2048, temperature: 1, topP: 1 },
      lossOptions: { beta: 0.1 },
      train: { learningRate: 5e-7, schedule: 'cosine', warmupRatio: 0.03, epochs: 2, batchSize: 128 },
      data: { promptsPerRound: 20000, order: 'fresh' },
    },
  },
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      {
        title: 'Iterative DPO',
        loss: config.loss,
        lossOptions: config.lossOptions,
        labels: PAIR_LABELS,
      },
      async ({ rounds }) => {
        for await (const round of rounds()) {
          const samples = await round.sample();
          const judgments = await round.judge(samples);
          const pairs = await round.pair(samples, judgments, { rule: config.pairing, dropTies: true });
          await round.train(pairs, samples);
        }
      },
    ),
});

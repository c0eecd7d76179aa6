import { defineRecipe } from 'nashtune';
import { isVerifier } from 'nashtune/judges';
import {
  balancedThreshold,
  judgeOptions,
  policyOptions,
  promptOptions,
  roundOptions,
  sampleExamples,
  samplingOptions,
  scoreRewards,
  trainingOptions,
  withPolicyLoop,
  type Round,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { z } from 'zod';

/** Numbers from one to another, both included, without the dust of adding steps up. */
const grid = (from: number, to: number, step: number): number[] =>
  Array.from({ length: Math.floor((to - from) / step + 1e-9) + 1 }, (_, i) => Number((from + i * step).toFixed(6)));

const schema = z.object({
  ...policyOptions,
  ...judgeOptions,
  ...roundOptions({ rounds: 9 }),
  data: z.object(promptOptions()),
  sampling: samplingOptions({ samples: 32 }),
  controller: z
    .object({
      temperatures: z
        .array(z.number().positive())
        .min(1)
        .default(grid(0.5, 1.2, 0.05))
        .describe('temperatures to choose from'),
      thresholds: z
        .array(z.number())
        .min(1)
        .default(grid(-1, 1, 0.01))
        .describe('scores to choose from, from which on an answer is trained on'),
      prompts: z.int().positive().default(1000).describe('prompts of the round that both are tried on'),
      samples: z.int().positive().default(64).describe('answers to each of them, at each temperature'),
      target: z.int().positive().default(8).describe('right answers wanted for each prompt, n*'),
    })
    .prefault({}),
  train: trainingOptions({ learningRate: 5e-6, batchSize: 128 }),
});

type Config = z.output<typeof schema>;

/**
 * B-STaR: self-taught reasoning that watches itself. Before each round the policy answers some prompts at every temperature,
 * and the temperature and the least score for training are chosen that give the best balance score: enough right answers
 * (exploration), and few wrong ones among those selected (exploitation). Then it answers all prompts at that temperature
 * and is fine-tuned on the answers that score enough.
 *
 * The score is the judge's. The paper's is 1 for a right answer plus a process reward in -1 to 1; a check in a file can add
 * one: return right + quality, with a quality below 1 for wrong answers.
 *
 * Zeng et al. 2024, arXiv:2412.17256, and hkust-nlp/B-STaR: grids, 1000 prompts, 64 answers and n* = 8 are theirs; the
 * other defaults are ours.
 */
export default defineRecipe({
  name: 'b-star',
  summary: 'B-STaR: fine-tune on own right answers, at the temperature and threshold with the best balance',
  examples: [
    'nashtune run b-star --set policy=./my-model --set data.prompts=gsm8k.jsonl --set judge=verifier:numeric',
    "nashtune run b-star --set data.prompts=prompts.jsonl --set judge=./check.ts --set 'controller.temperatures=[0.6,0.8,1]'",
  ],
  schema,
  presets: {},
  run: (config, context) =>
    withPolicyLoop(
      config,
      context,
      { title: 'B-STaR', loss: LOSSES.sft, lossOptions: {}, needsVerifier: true },
      async ({ loop, rounds, judge }) => {
        const passMark = isVerifier(judge) ? judge.passMark : 1;
        for await (const round of rounds()) {
          const { temperature, threshold, balance } = await choose(round, config.controller, passMark);
          loop.print(
            `round ${round.number}  balance ${balance.toFixed(3)} at temperature ${temperature}, threshold ${threshold}`,
          );
          const samples = await round.sample({ temperature });
          const scores = scoreRewards(samples, await round.score(samples));
          const selected = samples.filter(({ id }) => (scores.get(id) ?? -Infinity) >= threshold);
          round.count({ temperature, threshold, balance, selected: selected.length / samples.length });
          await round.trainOn({ pairs: sampleExamples(selected), labels: {} });
        }
      },
    ),
});

/** The temperature and threshold with the best balance score on the first prompts of a round. */
async function choose(
  round: Round,
  { temperatures, thresholds, target, ...probe }: Config['controller'],
  passMark: number,
) {
  let best = { temperature: temperatures[0]!, threshold: thresholds[0]!, balance: -1 };
  for (const temperature of temperatures) {
    const name = `probe-${temperature}`;
    const prompts = round.prompts.slice(0, probe.prompts);
    const samples = await round.sample({ name, prompts, samples: probe.samples, temperature });
    const scores = await round.score(samples, undefined, `${name}-scores`);
    const found = balancedThreshold(scores, { passMark, thresholds, target });
    if (found.balance > best.balance) best = { temperature, ...found };
  }
  return best;
}

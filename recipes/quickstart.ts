import { defineRecipe } from 'nashtune';
import { loadTokenizer, type PromptRow, type SampleRow, type TokenizedPrompt } from 'nashtune/datasets';
import { startEngine } from 'nashtune/engine';
import { loadPreferenceModel, type Judge } from 'nashtune/judges';
import {
  divergenceFromBase,
  judgeStage,
  pairExamples,
  pairStage,
  preparePrompts,
  promptStage,
  sampleStage,
  sampleStatistics,
  trainStage,
  withLoop,
  writeReport,
  type Loop,
} from 'nashtune/loop';
import { LOSSES } from 'nashtune/losses';
import { checkMemory, formatMemoryPlan, hashWeights, loadPolicy, loadWeights, planMemory } from 'nashtune/models';
import { cacheLength, createSampler } from 'nashtune/sampling';
import { createTrainer, createSequenceScorer } from 'nashtune/training';
import {
  BASE_POLICY,
  SHIPPED_JUDGE,
  compareWinRate,
  judgeAccuracy,
  shareSeenInTraining,
  shippedPrompts,
  trainingAnswer,
  worldRandom,
} from 'nashtune/world';
import { z } from 'zod';

const count = z.int().positive();

const schema = z.object({
  seed: z.int().default(1).describe('derives every random number of the run'),
  rounds: count.default(3).describe('rounds of sampling, judging and training'),
  promptsPerRound: count.default(448).describe('fresh prompts in each round'),
  heldOutPrompts: count.default(600).describe('prompts on which the policy is compared with the base'),
  control: z.boolean().default(true).describe('also run the loop with permuted judge labels, for comparison'),
  sampling: z
    .object({
      samples: z.int().min(2).default(8).describe('answers per prompt, K'),
      maxNewTokens: count.default(96).describe('longest answer, in tokens'),
      temperature: z.number().positive().default(1).describe('1 samples from the policy itself'),
      batchSize: count.default(256).describe('answers decoded together'),
    })
    .prefault({}),
  loss: z
    .object({ eta: z.number().positive().default(8).describe('step of the multiplicative update, 1 / beta') })
    .prefault({}),
  train: z
    .object({
      learningRate: z.number().positive().default(2.4e-4).describe('peak; linear warm-up and decay'),
      warmupRatio: z.number().min(0).max(1).default(0.1).describe('share of the steps with rising rate'),
      epochs: count.default(2).describe('passes over the pairs of a round'),
      batchSize: count.default(16).describe('pairs per step'),
      clipNorm: z.number().positive().default(1).describe('largest norm of the gradients'),
      weightDecay: z.number().min(0).default(0).describe('AdamW decay of matrices'),
      checkpointEvery: count.default(10).describe('steps between checkpoints inside a round'),
    })
    .prefault({}),
});

type Config = z.output<typeof schema>;

/**
 * Three rounds of SPPO in a small world that ships with nashtune: prompts, a base policy that answers well and badly, and
 * a preference model that was trained on noisy comparisons. The world's hidden rule, which the loop never sees, measures
 * the result on held-out prompts.
 */
export default defineRecipe({
  name: 'quickstart',
  summary: 'three rounds of SPPO in a small embedded world, in minutes on a CPU',
  examples: ['nashtune run quickstart', 'nashtune run quickstart --seed 2 --out runs/second --json'],
  schema,
  presets: { short: { rounds: 1, promptsPerRound: 32, heldOutPrompts: 64, control: false } },
  run: async (config, context) => {
    const engine = await startEngine();
    const judge = await loadPreferenceModel(SHIPPED_JUDGE);
    const players = await preparePlayers(config);
    await printMemoryPlan(config, players, context.print);
    const manifest = {
      recipe: context.recipeName,
      config,
      seeds: { seed: config.seed },
      inputs: { policy: await hashWeights(BASE_POLICY), judge: judge.id },
      versions: { nashtune: context.version, [engine.backend]: engine.version },
    };
    return withLoop(context, manifest, async (loop) => {
      const { train, heldOut } = shippedPrompts();
      const heldOutRows = worldRandom(config.seed, 'held out').shuffle(heldOut).slice(0, config.heldOutPrompts);
      const accuracy = await loop.measure(0, 'judge', async () => judgeAccuracy(judge, heldOut, config.seed));
      loop.print(
        `judge     right in ${percent(accuracy['noisy']!)} of ${accuracy['count']} held-out comparisons with noisy labels, ` +
          `${percent(accuracy['clean']!)} by the hidden rule`,
      );
      const arm = await playRounds(loop, config, players, judge, train, heldOutRows, false);
      loop.print(
        `base      beats the world's own training answers in ${percent(arm.baseAgainstTraining)} of the held-out prompts`,
      );

      let control: Arm | undefined;
      if (config.control) {
        loop.print('control   the same loop with permuted judge labels');
        const out = `${context.out}/control`;
        const quiet = { ...context, out, print: () => undefined };
        control = await withLoop(quiet, { ...manifest, recipe: `${manifest.recipe} control` }, (inner) =>
          playRounds(inner, config, players, judge, train, heldOutRows, true),
        );
      }
      const rounds = arm.rounds.map((row, i) =>
        control ? { ...row, controlWinRate: control.rounds[i]!.winRate } : row,
      );
      for (const { round, winRate, controlWinRate } of rounds.map((r) => ({ controlWinRate: undefined, ...r }))) {
        const beside = controlWinRate ? `; with permuted labels ${percent(controlWinRate.mean)}` : '';
        loop.print(`round ${round}   win rate over the base ${interval(winRate)}${beside}`);
      }
      const seen = shareSeenInTraining(arm.answers.map(({ text }) => text));
      loop.print(
        `final     ${percent(1 - seen)} of the answers to held-out prompts are not verbatim in the training data`,
      );
      for (const { prompt, before, after } of arm.examples) {
        loop.print(`\nprompt    ${prompt}\n  before  ${before}\n  after   ${after}`);
      }
      const report = await writeReport(loop, {
        title: 'SPPO quickstart',
        summary:
          'Wins are counted on held-out prompts by the hidden rule of the world, which neither judge nor policy sees.',
        judge: { name: judge.id, heldOutAccuracy: accuracy['noisy']! },
      });
      loop.print(`\nreport    ${report}\npolicy    ${arm.policy}`);
      context.result({ ...arm, answers: undefined, rounds, judgeAccuracy: accuracy, notVerbatim: 1 - seen, report });
    });
  },
});

interface Interval {
  mean: number;
  low: number;
  high: number;
}

interface Round {
  round: number;
  winRate: Interval;
  klToBase: number;
  answerTokens: number;
  pairs: number;
}

interface Arm {
  rounds: Round[];
  /** Share of held-out prompts on which the base beats an answer of the mixture it was trained on. */
  baseAgainstTraining: number;
  /** The final policy's answers to the held-out prompts. */
  answers: SampleRow[];
  examples: { prompt: string; before: string; after: string }[];
  /** Folder of the final policy. */
  policy: string;
}

/** Models and what is compiled for them, shared by both arms. */
async function preparePlayers(config: Config) {
  const tokenizer = await loadTokenizer(BASE_POLICY);
  const policy = await loadPolicy(BASE_POLICY);
  const base = await loadPolicy(BASE_POLICY);
  const padToken = tokenizer.padTokenId ?? 0;
  const lossOptions = { beta: 1 / config.loss.eta };
  return {
    tokenizer,
    policy,
    sampler: createSampler(policy),
    trainer: createTrainer({ policy, loss: LOSSES.sppo, lossOptions, ...config.train, padToken, bf16: false }),
    baseScorer: createSequenceScorer(base, { batchSize: 64, padToken, bf16: false }),
  };
}

type Players = Awaited<ReturnType<typeof preparePlayers>>;

async function printMemoryPlan(
  { train, sampling }: Config,
  { policy }: Players,
  print: (line: string) => void,
): Promise<void> {
  const length = policy.config.contextLength;
  const { batchSize: rows } = sampling;
  const plan = planMemory({
    config: policy.config,
    models: 2,
    training: { sequences: 2 * train.batchSize, length, option: 'train.batchSize' },
    generation: { rows, length: cacheLength(length, rows), option: 'sampling.batchSize' },
  });
  print(formatMemoryPlan(plan));
  await checkMemory(plan);
}

/** All rounds of one arm: the loop itself, or its control with permuted labels. */
async function playRounds(
  loop: Loop,
  config: Config,
  { tokenizer, policy, sampler, trainer, baseScorer }: Players,
  judge: Judge,
  trainRows: readonly PromptRow[],
  heldOutRows: readonly PromptRow[],
  permuteLabels: boolean,
): Promise<Arm> {
  const { sampling, train } = config;
  const context = {
    tokenizer,
    contextLength: policy.config.contextLength,
    maxNewTokens: sampling.maxNewTokens,
    longPrompts: 'error',
  } as const;
  const wanted = config.rounds * config.promptsPerRound;
  const shuffled = worldRandom(config.seed, 'rounds').shuffle(trainRows).slice(0, wanted);
  const prompts = await promptStage(loop, await preparePrompts({ ...context, source: shuffled }));
  const heldOut = await promptStage(loop, await preparePrompts({ ...context, source: heldOutRows }), 'held-out.arrow');
  const questions = heldOutRows.map((row) => row.messages.at(-1)!.content);

  await loadWeights(policy, BASE_POLICY);
  const drawing = { sampler, tokenizer, ...sampling, bf16: false };
  let policyHash = await hashWeights(BASE_POLICY);
  const baseline = await sampleStage(loop, 1, {
    ...drawing,
    prompts: heldOut,
    samples: 1,
    policyHash,
    name: 'baseline',
  });
  const baselineTexts = textsOf(heldOut, baseline);
  const own = worldRandom(config.seed, 'training answers');
  const trainingTexts = questions.map((question) => trainingAnswer(question, own));

  const arm: Arm = {
    rounds: [],
    baseAgainstTraining: compareWinRate(questions, baselineTexts, trainingTexts).rate,
    answers: baseline,
    examples: [],
    policy: BASE_POLICY,
  };
  let steps = 0;
  for (let round = 1; round <= config.rounds; round++) {
    const present = prompts.slice((round - 1) * config.promptsPerRound, round * config.promptsPerRound);
    const rows = present.map(({ prompt }) => prompt);

    const samples = await sampleStage(loop, round, { ...drawing, prompts: present, policyHash });
    const { answerTokens } = sampleStatistics(samples);
    loop.print(
      `round ${round}   sampled ${samples.length} answers to ${rows.length} prompts, ${answerTokens.toFixed(0)} tokens each`,
    );

    const judgments = await judgeStage(loop, round, { judge, prompts: rows, samples });
    loop.print(
      `round ${round}   judged ${judgments.length} comparisons, all ${sampling.samples} x ${sampling.samples} of each prompt`,
    );

    const pairs = await pairStage(loop, round, { prompts: rows, samples, judgments, permuteLabels });
    loop.print(`round ${round}   paired best and worst answers of ${pairs.length} prompts`);

    steps = await trainStage(loop, round, {
      trainer,
      policyHash,
      ...pairExamples(pairs, samples),
      ...train,
      companions: BASE_POLICY,
      stepsBefore: steps,
    });
    arm.policy = loop.run.stagePath(round, 'checkpoint');
    policyHash = await hashWeights(arm.policy);
    loop.print(`round ${round}   trained, ${steps} steps so far`);

    arm.answers = await sampleStage(loop, round, {
      ...drawing,
      prompts: heldOut,
      samples: 1,
      policyHash,
      name: 'evaluation',
    });
    const measured = await loop.measure(round, 'evaluation', async () => {
      const { rate, low, high } = compareWinRate(questions, textsOf(heldOut, arm.answers), baselineTexts);
      const klToBase = await divergenceFromBase(loop, baseScorer, arm.answers);
      return { winRate: rate, low, high, klToBase, pairs: pairs.length, ...sampleStatistics(arm.answers) };
    });
    const winRate = { mean: measured['winRate']!, low: measured['low']!, high: measured['high']! };
    arm.rounds.push({
      round,
      winRate,
      klToBase: measured['klToBase']!,
      answerTokens: measured['answerTokens']!,
      pairs: pairs.length,
    });
    loop.print(
      `round ${round}   wins ${interval(winRate)} over the base, KL to base ${measured['klToBase']!.toFixed(1)} nats an answer`,
    );
  }
  const finalTexts = textsOf(heldOut, arm.answers);
  arm.examples = [0, 1, 2].map((i) => ({ prompt: questions[i]!, before: baselineTexts[i]!, after: finalTexts[i]! }));
  return arm;
}

/** The first answer to each prompt, in the order of the prompts. */
function textsOf(prompts: readonly TokenizedPrompt[], samples: readonly SampleRow[]): string[] {
  const text = new Map(samples.map((row) => [row.prompt_id, row.text]));
  return prompts.map(({ prompt }) => text.get(prompt.id)!);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const interval = ({ mean, low, high }: Interval): string =>
  `${percent(mean)} (95%: ${percent(low)} to ${percent(high)})`;

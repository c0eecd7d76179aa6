import { weightSpecs } from '../../models/index.ts';
import { policyInputs, type ReadExamples } from './policyInputs.ts';
import { withRounds, type PolicyLoopOptions, type RecipeRun } from './policyLoopConfig.ts';

/** What a run would do, in numbers; of answers, tokens and steps the most. */
export interface PolicyLoopPlan {
  rounds: number;
  promptsPerRound: number;
  answers: number;
  answerTokens: number;
  trainingSteps: number;
  evaluationAnswers: number;
  /** Bytes of the checkpoints that stay, one for each round. */
  checkpointBytes: number;
  /** Most memory at a time, bytes. */
  memoryBytes: number;
}

/**
 * Says what `withPolicyLoop` would do with a configuration: reads prompts and the model's shape, loads no weights and
 * writes nothing. The `plan` of a recipe.
 *
 * @param readExamples as the method's `examples`
 * @throws {UserError} as the run itself would, for a faulty input and for too little memory
 */
export async function planPolicyLoop(
  options: PolicyLoopOptions,
  context: Pick<RecipeRun, 'signal' | 'print'>,
  readExamples?: ReadExamples,
): Promise<PolicyLoopPlan> {
  const config = withRounds(options);
  const { decoder, prompts, evaluation, examples, memory } = await policyInputs(config, context, { readExamples });
  // A recipe without rounds draws nothing to train on.
  const isOffline = options.rounds === undefined;
  const { rounds, sampling, train, data } = config;
  const promptsPerRound = Math.min(data.promptsPerRound ?? prompts.kept.length, prompts.kept.length);
  const answers = isOffline ? 0 : rounds * promptsPerRound * sampling.samples;
  const examplesPerRound = isOffline ? examples.pairs.length : promptsPerRound;
  const asked = Math.min(data.evaluationPrompts, evaluation.kept.length);
  const weights = weightSpecs(decoder).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const plan: PolicyLoopPlan = {
    rounds,
    promptsPerRound,
    answers,
    answerTokens: answers * sampling.maxNewTokens,
    trainingSteps: rounds * train.epochs * Math.ceil(examplesPerRound / train.batchSize),
    evaluationAnswers: (rounds + 1) * asked,
    checkpointBytes: rounds * (config.reference === 'ema' ? 2 : 1) * weights * 4,
    memoryBytes: memory.peakBytes,
  };
  context.print(
    (isOffline
      ? `data    ${show(examples.pairs.length)} examples\n` +
        `answers ${show(plan.evaluationAnswers)} to measure on\n` +
        `steps   ${show(plan.trainingSteps)}, of ${train.batchSize}\n`
      : `rounds  ${rounds} of ${show(promptsPerRound)} prompts (${data.order ?? 'fresh'}, of ${show(prompts.kept.length)})\n` +
        `answers ${show(answers)}, ${sampling.samples} to each prompt, ${show(plan.answerTokens)} tokens at most; ` +
        `${show(plan.evaluationAnswers)} more to measure on\n` +
        `steps   ${show(plan.trainingSteps)} at most, of ${train.batchSize}, if a prompt gives one example\n`) +
      `disk    ${(plan.checkpointBytes / 1e6).toFixed(0)} MB of checkpoints`,
  );
  return plan;
}

const show = (number: number): string => number.toLocaleString('en-US');

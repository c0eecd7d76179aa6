import { UserError } from '../../base/userError.ts';
import type { JudgmentRow, PairRow, PromptRow, SampleRow, ScoreRow, TokenizedPrompt } from '../../../datasets/index.ts';
import type { Judge, ScoringJudge } from '../../judges/index.ts';
import type { LabelledPairs, LossOptions } from '../../training/index.ts';
import { answerPairStage } from '../answerPairStage.ts';
import { answerStage } from '../answerStage.ts';
import type { PreparedExamples } from '../examples/preparedExamples.ts';
import { judgeStage, type JudgeStageOptions } from '../judgeStage.ts';
import { onlineStage } from '../online/onlineStage.ts';
import type { OnlineExamples, OnlineStep } from '../online/onlineStep.ts';
import { pairExamples } from '../pairExamples.ts';
import { pairStage, type PairStageOptions } from '../pairStage.ts';
import { refuseFailedRows } from '../refuseFailedRows.ts';
import { sampleStage, sampleStatistics, type SampleStageOptions } from '../sampleStage.ts';
import { scoreStage } from '../scoreStage.ts';
import { trainStage } from '../trainStage.ts';
import { winRateGaps } from '../winRateGaps.ts';
import { historyPairs } from './historyPairs.ts';
import type { PolicyRun } from './policyRun.ts';

/** How the training of one round differs from what the configuration says. */
export interface TrainingChange {
  learningRate?: number | undefined;
  lossOptions?: LossOptions | undefined;
}

/** One round of a run. Each stage is a file in the round's folder: one that is there is read, not made again. */
export interface Round {
  /** Counted from 1. */
  readonly number: number;
  /** The prompts of this round. */
  readonly prompts: readonly TokenizedPrompt[];
  /** This round with other prompts, such as ones that were made for it. */
  withPrompts(prompts: readonly TokenizedPrompt[]): Round;
  /** Draws K answers to each prompt of the round from the policy, or otherwise than the configuration says. */
  sample(change?: Partial<SampleStageOptions>): Promise<SampleRow[]>;
  /** Compares the answers to each prompt with one another. */
  judge(
    samples: readonly SampleRow[],
    options?: Pick<JudgeStageOptions, 'comparisons'> & { by?: Judge },
  ): Promise<JudgmentRow[]>;
  /** Scores each answer by itself: by the run's judge, which must be one that scores, or another. */
  score(samples: readonly SampleRow[], by?: Pick<ScoringJudge, 'id' | 'score'>, name?: string): Promise<ScoreRow[]>;
  /** Picks the answers to train on. */
  pair(
    samples: readonly SampleRow[],
    judgments: readonly JudgmentRow[],
    options?: Omit<PairStageOptions, 'prompts' | 'samples' | 'judgments'>,
  ): Promise<PairRow[]>;
  /** Puts answers of a dataset beside the policy's own, as samples that pairs can name. */
  answer(examples: PreparedExamples): Promise<SampleRow[]>;
  /** Prefers each of those answers to each sample for the same prompt, whatever they are. */
  pairWithAnswers(samples: readonly SampleRow[], answers: readonly SampleRow[]): Promise<PairRow[]>;
  /** Trains the policy on pairs of samples, and on those of earlier rounds as the option `history` says. */
  train(pairs: readonly PairRow[], samples: readonly SampleRow[], change?: TrainingChange): Promise<void>;
  /** Trains the policy on examples of any kind. */
  trainOn(examples: LabelledPairs, change?: TrainingChange): Promise<void>;
  /**
   * Trains the policy on answers that it gives as it learns: `play` samples, judges and says what to train on, at each step
   * again. See `onlineStage`.
   */
  online(play: (step: OnlineStep) => Promise<OnlineExamples>): Promise<void>;
  /** Adds numbers to what is measured after the round. */
  count(values: Record<string, number>): void;
}

/** Makes a round of a run. */
export function createRound(run: PolicyRun, number: number, prompts: readonly TokenizedPrompt[]): Round {
  const { loop, config, players } = run;
  const rows: PromptRow[] = prompts.map(({ prompt }) => prompt);
  const say = (text: string): void => loop.print(`round ${number}  ${text}`);
  const trainOn = async (
    { pairs, labels }: LabelledPairs,
    { learningRate = config.train.learningRate, lossOptions }: TrainingChange = {},
  ): Promise<void> => {
    if (lossOptions) run.setLossOptions(lossOptions);
    run.counts['examples'] = pairs.length;
    const reference = run.reference.at(run.policyHash);
    run.steps = await trainStage(loop, number, {
      pairs,
      labels,
      trainer: run.trainer,
      policyHash: run.policyHash,
      reference,
      start:
        config.start === 'base' && number > 1
          ? { folder: players.policyFolder, modelHash: players.policyHash }
          : undefined,
      ...config.train,
      learningRate,
      companions: players.policyFolder,
      stepsBefore: run.steps,
    });
    say(`trained ${run.steps} steps so far: ${loop.run.stagePath(number, 'checkpoint')}`);
  };
  return {
    number,
    prompts,
    withPrompts: (others) => createRound(run, number, others),
    sample: async (change = {}) => {
      const samples = await sampleStage(loop, number, { ...run.drawing(), prompts, ...change });
      const { answerTokens } = sampleStatistics(samples);
      say(`sampled ${samples.length} answers, ${answerTokens.toFixed(1)} tokens each`);
      return samples;
    },
    judge: async (samples, { by = players.judge, ...options } = {}) => {
      const { maxFailed } = config;
      const judgments = await judgeStage(loop, number, { judge: by, prompts: rows, samples, maxFailed, ...options });
      const failed = judgments.filter(({ error }) => error !== null);
      say(`judged ${judgments.length} comparisons${failed.length > 0 ? `, ${failed.length} of them failed` : ''}`);
      refuseFailedRows(judgments, maxFailed);
      for (const [id, gap] of winRateGaps(samples, judgments)) run.gaps.set(id, gap);
      return judgments;
    },
    score: async (samples, by = players.judge as ScoringJudge, name) => {
      if (!('score' in by)) throw noScores(players.judge.id);
      const { maxFailed } = config;
      const stage = { judge: by, prompts: rows, samples, maxFailed, ...(name ? { name } : {}) };
      const scores = await scoreStage(loop, number, stage);
      const failed = scores.filter(({ error }) => error !== null);
      say(`scored ${scores.length} answers${failed.length > 0 ? `, ${failed.length} of them failed` : ''}`);
      refuseFailedRows(scores, maxFailed);
      run.scores = scores;
      return scores;
    },
    pair: async (samples, judgments, options = {}) => {
      const pairs = await pairStage(loop, number, { prompts: rows, samples, judgments, ...options });
      say(`paired ${new Set(pairs.map((pair) => pair.prompt_id)).size} of ${prompts.length} prompts`);
      return pairs;
    },
    answer: (examples) => {
      const { scorer } = run.trainer;
      const { tokenizer } = players;
      const { policyHash } = run;
      return answerStage(loop, number, {
        prompts,
        examples,
        scorer,
        tokenizer,
        policyHash,
        firstIndex: config.sampling.samples,
      });
    },
    pairWithAnswers: async (samples, answers) => {
      const pairs = await answerPairStage(loop, number, { prompts: rows, samples, answers });
      say(`paired ${answers.length} answers with ${samples.length} samples: ${pairs.length} pairs`);
      return pairs;
    },
    train: async (pairs, samples, change) => {
      const earlier = await historyPairs(loop, number, config.history);
      if (earlier.pairs.length > 0) say(`${earlier.pairs.length} pairs of earlier rounds are trained on again`);
      run.counts['pairs'] = pairs.length;
      await trainOn(pairExamples([...pairs, ...earlier.pairs], [...samples, ...earlier.samples]), change);
    },
    trainOn,
    online: async (play) => {
      const { steps, counts } = await onlineStage(loop, number, {
        trainer: run.trainer,
        policyHash: run.policyHash,
        reference: run.reference.at(run.policyHash),
        prompts,
        drawing: run.drawing(),
        judge: players.judge,
        play,
        ...config.train,
        maxFailed: config.maxFailed,
        companions: players.policyFolder,
        stepsBefore: run.steps,
      });
      run.steps = steps;
      Object.assign(run.counts, counts);
      say(`trained ${steps} steps so far: ${loop.run.stagePath(number, 'checkpoint')}`);
    },
    count: (values) => void Object.assign(run.counts, values),
  };
}

function noScores(judge: string): UserError {
  return new UserError(
    'judge.noScores',
    `judge: expected one that scores answers by themselves, found ${judge}, which compares them. Name a reward model or a check.`,
  );
}

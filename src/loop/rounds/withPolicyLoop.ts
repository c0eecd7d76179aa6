import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

import type { SampleRow } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { hashWeights } from '../../models/index.ts';
import type { ServedWeights } from '../../sampling/index.ts';
import {
  checkLossOptions,
  createSequenceScorer,
  createTrainer,
  type LossChoice,
  type LossOptions,
} from '../../training/index.ts';
import { withLoop, type Loop } from '../loop.ts';
import { iterateMatrix, roundMonitors } from '../monitors/index.ts';
import { promptStage } from '../promptStage.ts';
import { sampleStage } from '../sampleStage.ts';
import { writeReport } from '../writeReport.ts';
import { checkLabels } from './checkLabels.ts';
import { describeRound } from './describeRound.ts';
import { evaluateRound, type MeasureAnswers } from './evaluateRound.ts';
import { openPlayers, type OwnPlayers, type Players } from './players.ts';
import { withRounds, type PolicyLoopConfig, type PolicyLoopOptions, type RecipeRun } from './policyLoopConfig.ts';
import type { PolicyRun } from './policyRun.ts';
import { createPolicySampler } from './policySampler.ts';
import { createReference } from './reference.ts';
import { createRound, type Round } from './round.ts';
import { roundPrompts } from './roundPrompts.ts';
import { bestRound, stopReason, type RoundOutcome } from './stopRule.ts';
import { winRatesOverIterates } from './winRatesOverIterates.ts';

/** What distinguishes one method from another, beside what it does in a round. */
export interface PolicyMethod extends OwnPlayers {
  /** Title of the report. */
  title: string;
  loss: LossChoice;
  lossOptions: LossOptions;
  /** Labels that the recipe's examples have, to check a loss that the user chose. Default: the recipe knows what it does. */
  labels?: readonly string[];
  /** Whether it trains by `round.online`, so that the reference must stay as it is. Default false. */
  online?: boolean;
  /** What else to measure after each round. */
  measure?: MeasureAnswers;
}

/** An open run of a recipe that trains a policy. */
export interface PolicyLoop extends Pick<
  Players,
  'policy' | 'base' | 'tokenizer' | 'judge' | 'policyFolder' | 'examples'
> {
  readonly loop: Loop;
  /** Names the weights of the base. */
  readonly baseHash: string;
  /**
   * The rounds, one after the other: the body samples, judges and trains. After it the policy is measured and the round
   * recorded in run.json; the rounds end early where the option `stop` says so.
   */
  readonly rounds: () => AsyncGenerator<Round, void>;
}

/**
 * Plays the rounds of a recipe: loads policy, judge and prompts, opens the run's folder, lets `play` do what the method does
 * in each round, measures, and writes the report. A run that was stopped anywhere goes on there, with the same bytes.
 *
 * @example
 * run: (config, context) =>
 *   withPolicyLoop(config, context, { title: 'DPO', loss: LOSSES.dpo, lossOptions: { beta: 0.1 } }, async ({ rounds }) => {
 *     for await (const round of rounds()) {
 *       const samples = await round.sample();
 *       const judgments = await round.judge(samples);
 *       await round.train(await round.pair(samples, judgments), samples);
 *     }
 *   });
 */
export async function withPolicyLoop(
  options: PolicyLoopOptions,
  context: RecipeRun,
  method: PolicyMethod,
  play: (loop: PolicyLoop) => Promise<void>,
): Promise<void> {
  const config = withRounds(options);
  checkLossOptions(method.loss, method.lossOptions);
  if (method.online && config.sampling.sampler !== 'native') throw onlineServer(context.recipeName);
  if (method.labels) checkLabels(method.loss, method.labels, 'the pairs of this recipe do');
  const players = await openPlayers(config, context, method);
  try {
    await withLoop(context, players.manifest, async (loop) => {
      if (config.judge === undefined && !method.judge) sayShippedJudge(loop);
      for (const note of players.examples.notes) {
        loop.notes.push(note);
        loop.print(note);
      }
      await players.answers.open(join(context.out, 'answers.store'));
      const played = openRun(loop, config, players, method);
      try {
        const { policyHash: baseHash, policy, base, tokenizer, judge, policyFolder, examples } = players;
        const { rounds } = played;
        await play({ loop, policy, base, baseHash, tokenizer, judge, policyFolder, examples, rounds });
        context.result({ out: context.out, ...(await played.report()) });
      } finally {
        await played.close();
      }
    });
  } finally {
    await players.answers.close();
    players.dispose();
  }
}

function onlineServer(recipe: string): UserError {
  return new UserError(
    'sampling.online',
    `sampling.sampler: expected native, as ${recipe} draws from weights that change at each step, found openai-compatible. ` +
      'Drop the option, or use iterative-dpo.',
  );
}

function sayShippedJudge(loop: Loop): void {
  loop.notes.push(
    'No judge was named: the small preference model of the quickstart judged, which knows a small world of its own.',
  );
  loop.print('No judge named: using the small preference model of the quickstart (--set judge=<folder> to change).');
}

/** A round as results and report tell of it. */
interface PlayedRound extends RoundOutcome {
  values: Record<string, number>;
}

function openRun(loop: Loop, config: PolicyLoopConfig, players: Players, method: PolicyMethod) {
  const { policy, base, tokenizer, judge, bf16 } = players;
  const padToken = tokenizer.padTokenId ?? 0;
  const { train, sampling } = config;
  const trainerFor = (lossOptions: LossOptions) =>
    createTrainer({
      policy,
      loss: method.loss,
      lossOptions,
      ...train,
      optimizer: { name: train.optimizer },
      padToken,
      bf16,
    });
  let trainer = trainerFor(method.lossOptions);
  const reference = createReference(players, () => trainer, {
    reference: config.reference,
    emaDecay: config.emaDecay,
    online: method.online ? 2 * train.batchSize : undefined,
  });
  let previousWeights: ServedWeights | undefined;
  const sampler = createPolicySampler(loop, {
    policy,
    padToken,
    bf16,
    sampling,
    weights: () => ({ folder: run.policyFolder, hash: run.policyHash }),
    previous: () => previousWeights,
    onCompared: (serverDifference) => void Object.assign(run.counts, { serverDifference }),
  });
  // As the policy's own log-probabilities, which come from sampling: the difference is the KL.
  const baseScorer = createSequenceScorer(base, { batchSize: 64, padToken, bf16 });
  const run: PolicyRun = {
    loop,
    config,
    players,
    get trainer() {
      return trainer;
    },
    setLossOptions: (lossOptions) => {
      if (isDeepStrictEqual(lossOptions, trainer.lossOptions)) return;
      trainer.dispose();
      trainer = trainerFor(lossOptions);
    },
    reference,
    drawing: () => ({
      ...sampling,
      sampler,
      ...(sampling.sampler === 'native' ? {} : { drawnBy: sampling.sampler }),
      tokenizer,
      bf16,
      policyHash: run.policyHash,
    }),
    policyHash: players.policyHash,
    policyFolder: players.policyFolder,
    steps: 0,
    counts: {},
    scores: undefined,
    gaps: new Map(),
  };
  const played: PlayedRound[] = [];
  let baseline: SampleRow[] = [];
  let answers: SampleRow[] = [];
  let stopped: string | undefined;

  async function* rounds(): AsyncGenerator<Round, void> {
    const prompts = await promptStage(loop, players.prompts);
    const separate = players.evaluation !== players.prompts;
    const measured = separate ? await promptStage(loop, players.evaluation, 'held-out.arrow') : prompts;
    const questions = measured.slice(0, config.data.evaluationPrompts);
    const rows = questions.map(({ prompt }) => prompt);
    const ask = (round: number, name: string) =>
      sampleStage(loop, round, { ...run.drawing(), prompts: questions, samples: 1, name });
    baseline = await ask(1, 'baseline');
    const iterates = new Map([[0, baseline]]);
    for (let number = 1; number <= config.rounds && stopped === undefined; number++) {
      run.counts = {};
      run.scores = undefined;
      const { promptsPerRound, order = 'fresh' } = config.data;
      const present = roundPrompts({ prompts, round: number, promptsPerRound, order, gaps: run.gaps, seed: loop.seed });
      const start = config.start === 'base' ? players.policyHash : run.policyHash;
      const referenceHash = reference.at(run.policyHash).modelHash;
      yield createRound(run, number, present);
      previousWeights = { folder: run.policyFolder, hash: run.policyHash };
      run.policyFolder = loop.run.stagePath(number, 'checkpoint');
      run.policyHash = await hashWeights(run.policyFolder);
      await reference.update(loop, number);
      answers = await ask(number, 'evaluation');
      const { measure } = method;
      const { counts, scores } = run;
      const previous = number === 1 ? undefined : iterates.get(number - 1);
      const opponents = config.measureAgainst === 'all' ? iterates : nearest(iterates, number);
      const rates = await winRatesOverIterates(loop, number, { judge, prompts: rows, answers, opponents });
      // Also of a round that was measured before the run was interrupted: what they say belongs into the report.
      const circles = number < 3 ? undefined : iterateMatrix(loop.metrics.rows, { onlyCertain: true });
      const watched = roundMonitors({ samples: answers, baseline, previous, scores, iterates: circles });
      for (const alarm of watched.alarms) {
        loop.notes.push(`round ${number}: ${alarm}`);
        loop.print(`round ${number}  ${alarm}`);
      }
      const values = await evaluateRound(loop, number, {
        judge,
        prompts: rows,
        answers,
        baseline,
        iterates: rates,
        baseScorer,
        measure,
        counts,
        monitors: watched.values,
      });
      iterates.set(number, answers);
      played.push({ round: number, winRate: values['judgeWinRate'], klToBase: values['klToBase']!, values });
      stopped = stopReason(played, config.stop);
      loop.print(`round ${number}  ${describeRound(values)}`);
      await loop.run.recordRound(number, {
        start,
        reference: { policy: config.reference, hash: referenceHash },
        history: config.history,
        prompts: { order, count: present.length, first: present[0]!.prompt.id },
        policy: run.policyHash,
        steps: run.steps,
        measured: values,
        ...(stopped === undefined ? {} : { stopped }),
      });
    }
    if (stopped !== undefined) {
      loop.notes.push(`Stopped after round ${played.length} of ${config.rounds}: ${stopped}.`);
      loop.print(`Stopped after round ${played.length} of ${config.rounds}: ${stopped}.`);
    }
  }

  async function report() {
    const best = config.keepBest ? bestRound(played) : played.at(-1)!;
    const checkpoint = loop.run.stagePath(best.round, 'checkpoint');
    if (config.keepBest) loop.print(`best      round ${best.round}: ${checkpoint}`);
    const path = await writeReport(loop, {
      title: method.title,
      judge: { name: judge.id },
    });
    loop.print(`Report: ${path}`);
    return { policy: checkpoint, rounds: played.map(reportRound), report: path };
  }

  return {
    rounds,
    report,
    close: async () => {
      for (const made of [trainer, reference, baseScorer, sampler]) made.dispose();
      await sampler.close();
    },
  };
}

function reportRound({ round, winRate, klToBase, values }: PlayedRound) {
  return {
    ...values,
    round,
    klToBase,
    answerTokens: values['answerTokens']!,
    ...(winRate === undefined ? {} : { judgeWinRate: { mean: winRate, low: values['low']!, high: values['high']! } }),
  };
}

/** The base and the policy before the round. */
function nearest<T>(iterates: ReadonlyMap<number, T>, round: number): Map<number, T> {
  return new Map([...iterates].filter(([iterate]) => iterate === 0 || iterate === round - 1));
}

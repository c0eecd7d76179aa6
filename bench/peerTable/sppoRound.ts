import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadTokenizer, type TokenizedPair, type Tokenizer } from 'nashtune/datasets';
import { startEngine } from 'nashtune/engine';
import { loadPairRm, preferenceMatrix, selectPairs, type Judge } from 'nashtune/judges';
import { loadPolicy, savePolicy, type Policy } from 'nashtune/models';
import { createSampler, type GeneratedResponse } from 'nashtune/sampling';
import { createSchedule, createTrainer, lossLabels, trainPairs, type LabelledPairs } from 'nashtune/training';

import type { PeerRun } from '../comparePeer.ts';
import { peakRssMB, summarize } from '../timing.ts';
import type { RoundTableJob } from './peerTableJob.ts';

/** Parts of a round, in their order. */
export type RoundStage = 'load' | 'sample' | 'judge' | 'reference' | 'train' | 'save';

export interface RoundRun extends PeerRun {
  /** Seconds; together all the time from the start of the process to the weights on disk. */
  stages: Record<RoundStage, number>;
  /** Pairs that were trained on, and tokens of them, prompts once for each answer. */
  trainedPairs: number;
  trainedTokens: number;
}

/**
 * Plays one round of SPPO in this process, which does nothing else: its time counts from the start of the process until the
 * weights are saved.
 *
 * The stages are those of `withPolicyLoop`, by the same functions. The recipe itself cannot play this round: answers of
 * random weights end only where they are made to, and a recipe also answers and judges before the round and after it to
 * measure the policy, and writes tables and a report, of which the peer's script does nothing.
 *
 * @throws {Error} when an answer has another length than was imposed, so that both sides would not have done the same work
 */
export async function sppoRound(job: RoundTableJob): Promise<RoundRun> {
  const { tokenizer: tokenizerFolder, seed, threads, device, precision, padToken, beta, batchSize } = job;
  const bf16 = precision === 'bf16';
  const ended: [RoundStage, number][] = [];
  const end = (stage: RoundStage): void => void ended.push([stage, process.uptime()]);

  await startEngine({ device, threads });
  const policy = await loadPolicy(job.model);
  const tokenizer = await loadTokenizer(tokenizerFolder);
  const judge = await loadPairRm(job.judge, { precision });
  end('load');
  const answers = await drawAnswers(policy, job);
  end('sample');
  const { pairs, labels: given } = await bestAndWorst(judge, tokenizer, answers, job);
  end('judge');
  const trainer = createTrainer({
    policy,
    loss: 'sppo',
    lossOptions: { beta },
    weightDecay: job.weightDecay,
    clipNorm: 1,
    padToken,
    bf16,
  });
  const present = { scorer: trainer.scorer, modelHash: job.model };
  const { loss } = trainer;
  const labels = await lossLabels({ loss, examples: pairs, given, reference: present, previous: present });
  end('reference');
  const { tokens: trainedTokens } = await trainPairs({
    trainer,
    pairs,
    labels,
    epochs: 1,
    batching: { batchSize, layout: 'shared-prompt' },
    seed,
    scheduleOf: (total) => createSchedule({ name: 'linear', peak: job.learningRate, total }),
    startsAtReference: true,
  });
  end('train');
  const out = await mkdtemp(join(tmpdir(), 'nashtune-round-'));
  try {
    await savePolicy(policy, join(out, 'policy'), { companions: tokenizerFolder, dtype: 'F32' });
    end('save');
  } finally {
    await rm(out, { recursive: true });
    for (const made of [trainer, judge, policy]) made.dispose();
  }
  const seconds = ended.at(-1)![1];
  const tokens = answers.flat().reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  const stages = Object.fromEntries(ended.map(([stage, at], i) => [stage, at - (ended[i - 1]?.[1] ?? 0)]));
  return {
    ...summarize({ warmUp: [], steady: [seconds] }),
    tokensPerSecond: tokens / seconds,
    tokens,
    peakRssMB: peakRssMB(),
    stages: stages as Record<RoundStage, number>,
    trainedPairs: pairs.length,
    trainedTokens,
  };
}

/** K answers to each prompt, of the imposed lengths. */
async function drawAnswers(policy: Policy, job: RoundTableJob): Promise<GeneratedResponse[][]> {
  const { prompts, stops, rows, seed, padToken, precision } = job;
  const samples = stops[0]!.length;
  const sampler = createSampler(policy);
  const requests = prompts.map(({ ids }, i) => ({ key: `prompt ${i}`, promptTokens: ids, maxNewTokens: stops[i]! }));
  try {
    const drawn = await sampler.generate(requests, {
      samples,
      maxNewTokens: Math.max(...stops.flat()),
      temperature: 1,
      seed,
      endToken: -1,
      padToken,
      batchSize: rows.ours,
      bf16: precision === 'bf16',
    });
    const wrong = drawn.findIndex(({ tokenIds }, i) => tokenIds.length !== stops.flat()[i]);
    if (wrong >= 0) {
      throw new Error(
        `Answer ${wrong} has ${drawn[wrong]!.tokenIds.length} tokens, expected the ${stops.flat()[wrong]} that the peer has.`,
      );
    }
    return prompts.map((_, i) => drawn.slice(i * samples, (i + 1) * samples));
  } finally {
    sampler.dispose();
  }
}

/** The best and the worst answer to each prompt by their win rates against all K, each two compared in both orders. */
async function bestAndWorst(
  judge: Judge,
  tokenizer: Tokenizer,
  answers: readonly (readonly GeneratedResponse[])[],
  { prompts }: RoundTableJob,
): Promise<LabelledPairs> {
  const questions = answers.flatMap((group, prompt) => {
    const texts = group.map(({ tokenIds }) => tokenizer.decode(tokenIds, { skipSpecialTokens: true }));
    return texts.flatMap((a, i) =>
      texts.slice(i + 1).map((b, at) => {
        const j = i + 1 + at;
        return { prompt, i, j, item: { id: `${prompt}:${i}:${j}`, prompt: prompts[prompt]!.messages, a, b } };
      }),
    );
  });
  const verdicts = await judge.compare(questions.map(({ item }) => item));
  const judged = questions.map(({ prompt, i, j }, at) => ({ prompt, i, j, pFirst: verdicts[at]!.pFirst }));
  const selected = answers.map((group, prompt) => {
    const matrix = preferenceMatrix(
      group.length,
      judged.filter((verdict) => verdict.prompt === prompt),
    );
    const [pair] = selectPairs(matrix);
    if (!pair) throw new Error(`Prompt ${prompt}: no verdict, expected one on each two answers.`);
    return pair;
  });
  const pairs = selected.map(({ chosen, rejected }, prompt): TokenizedPair => ({
    id: `prompt ${prompt}`,
    promptIds: prompts[prompt]!.ids,
    chosenIds: answers[prompt]![chosen]!.tokenIds,
    rejectedIds: answers[prompt]![rejected]!.tokenIds,
  }));
  const labels = {
    chosenProbsWin: selected.map(({ pChosen }) => pChosen),
    chosenProbsLose: selected.map(({ pRejected }) => pRejected),
  };
  return { pairs, labels };
}

import type { Message, SampleRow } from '../../../datasets/index.ts';
import { listProblems } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import { isVerifier, preferenceMatrix, winRates, withStore } from '../../judges/index.ts';
import type { Judge, ScoringJudge } from '../../judges/index.ts';
import { groupByPrompt } from '../../loop/groupByPrompt.ts';
import { openJudge, type JudgeContext } from './openJudge.ts';

/** Answers to one prompt. */
export interface PromptSamples {
  id: string;
  prompt: readonly Message[];
  samples: SampleRow[];
}

/** What a judge says of all samples: for each prompt a score of each answer, null where it failed. */
export interface SampleScores {
  judge: string;
  scores: (number | null)[][];
  /** Score from which on an answer is right; null for a judge that does not tell right from wrong. */
  passMark: number | null;
}

/**
 * Reads a table of samples and the prompts that they answer.
 *
 * @throws {UserError} when prompts are missing
 */
export async function readSamples(samples: string, prompts: string): Promise<PromptSamples[]> {
  const { readArrowFile, readPrompts } = await import('../../../datasets/index.ts');
  const groups = groupByPrompt(await readArrowFile(samples, 'samples'));
  const messages = new Map((await readPrompts(prompts)).map((row) => [row.id, row.messages]));
  const missing = [...groups.keys()].filter((id) => !messages.has(id));
  if (missing.length > 0 || groups.size === 0) {
    throw new UserError(
      'bench.prompts',
      `--prompts: expected the prompts of ${samples}, found none of these ids:\n${listProblems(missing)}\n` +
        'Give the file from which the samples were drawn.',
    );
  }
  return Array.from(groups, ([id, rows]) => ({ id, prompt: messages.get(id)!, samples: rows }));
}

/**
 * Scores all answers with the judge that a text names. One that only compares meets all answers to a prompt pairwise, and
 * the score is the mean probability to beat the others.
 */
export async function scoreSamples(
  spec: string,
  prompts: readonly PromptSamples[],
  context: JudgeContext,
): Promise<SampleScores> {
  const opened = await openJudge(spec, context);
  const judge = context.store ? withStore(opened, context.store) : opened;
  const options = {
    signal: context.session.io.interruptSignal(),
    onProgress: (done: number, total: number): void =>
      context.session.status.update(`${spec}: ${done} of ${total} questions`),
  };
  try {
    const scores = isScoring(judge)
      ? await pointwise(judge, prompts, options)
      : await pairwise(judge, prompts, options);
    return { judge: judge.id, scores, passMark: isVerifier(opened) ? opened.passMark : null };
  } finally {
    judge.dispose();
    context.session.status.clear();
  }
}

/**
 * Which answers a verifier takes for right, for each prompt; null where it failed.
 *
 * @throws {UserError} when the judge is no verifier
 */
export async function checkSamples(
  spec: string,
  prompts: readonly PromptSamples[],
  context: JudgeContext,
): Promise<(boolean | null)[][]> {
  const { scores, passMark } = await scoreSamples(spec, prompts, context);
  if (passMark === null) {
    throw new UserError(
      'bench.check',
      `--check "${spec}": expected a judge that tells right answers from wrong ones, such as verifier:numeric. Name a verifier.`,
    );
  }
  return scores.map((row) => row.map((score) => (score === null ? null : score >= passMark)));
}

/** Whether a judge scores answers one by one. */
export function isScoring(judge: Judge): judge is ScoringJudge {
  return 'score' in judge;
}

type Asking = Parameters<Judge['compare']>[1];

async function pointwise(judge: ScoringJudge, prompts: readonly PromptSamples[], options: Asking) {
  const items = prompts.flatMap(({ id, prompt, samples }) => samples.map(({ text }) => ({ id, prompt, answer: text })));
  const scores = (await judge.score(items, options)).map(({ score, error }) =>
    error === undefined ? (score ?? null) : null,
  );
  let at = 0;
  return prompts.map(({ samples }) => samples.map(() => scores[at++]!));
}

async function pairwise(judge: Judge, prompts: readonly PromptSamples[], options: Asking) {
  const pairs = prompts.flatMap(({ id, prompt, samples }) =>
    samples.flatMap(({ text: a }, i) =>
      samples.slice(i + 1).map(({ text: b }, after) => ({ i, j: i + 1 + after, item: { id, prompt, a, b } })),
    ),
  );
  const verdicts = await judge.compare(
    pairs.map(({ item }) => item),
    options,
  );
  let at = 0;
  return prompts.map(({ samples }) => {
    const count = (samples.length * (samples.length - 1)) / 2;
    const own = pairs.slice(at, at + count).map(({ i, j }, place) => ({ i, j, ...verdicts[at + place]! }));
    at += count;
    if (own.some(({ error, pFirst }) => error !== undefined || pFirst === undefined)) return samples.map(() => null);
    return samples.length === 1 ? [0.5] : winRates(preferenceMatrix(samples.length, own), { self: 'excluded' });
  });
}

import { readArrowFile, writeArrowFile } from '../../datasets/index.ts';
import type { PromptRow, SampleRow, ScoreRow } from '../../datasets/index.ts';
import type { ScoringJudge } from '../judges/index.ts';
import { answersTo } from './answersTo.ts';
import type { Loop } from './loop.ts';
import { pace } from './pace.ts';

export interface ScoreStageOptions {
  judge: Pick<ScoringJudge, 'id' | 'score'>;
  prompts: readonly PromptRow[];
  samples: readonly SampleRow[];
  /** Name of the stage and, with `.arrow`, of its file. Default `scores`. */
  name?: string;
  /** As of `judgeStage`. Default 1. */
  maxFailed?: number;
}

/** Scores each answer by itself. */
export async function scoreStage(loop: Loop, round: number, options: ScoreStageOptions): Promise<ScoreRow[]> {
  const { judge, samples, name = 'scores' } = options;
  const path = loop.run.stagePath(round, `${name}.arrow`);
  const known = loop.run.has(path) ? await readArrowFile(path, 'scores') : [];
  const failed = known.filter(({ error }) => error !== null);
  if (known.length > 0 && failed.length <= (options.maxFailed ?? 1) * known.length) return known;
  return loop.time(round, name, async () => {
    const asked = samples.filter((_, at) => known[at] === undefined || known[at].error !== null);
    const follow = pace();
    const scores = await judge.score(answersTo(options.prompts, asked), {
      signal: loop.signal,
      onProgress: (done, total) => loop.progress(`round ${round}: scored ${follow(done, total)}`),
    });
    const scoreOf = new Map(asked.map((sample, at) => [sample, scores[at]!]));
    const rows = samples.map((sample, at): ScoreRow => {
      const { score, error } = scoreOf.get(sample) ?? {};
      return scoreOf.has(sample)
        ? { prompt_id: sample.prompt_id, k: sample.k, score: score ?? null, error: error ?? null, judge_id: judge.id }
        : known[at]!;
    });
    await writeArrowFile(path, 'scores', rows);
    return rows;
  });
}

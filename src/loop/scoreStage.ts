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
}

/** Scores each answer by itself. */
export async function scoreStage(loop: Loop, round: number, options: ScoreStageOptions): Promise<ScoreRow[]> {
  const { judge, samples, name = 'scores' } = options;
  const path = loop.run.stagePath(round, `${name}.arrow`);
  if (loop.run.has(path)) return readArrowFile(path, 'scores');
  return loop.time(round, name, async () => {
    const follow = pace();
    const scores = await judge.score(answersTo(options.prompts, samples), {
      signal: loop.signal,
      onProgress: (done, total) => loop.progress(`round ${round}: scored ${follow(done, total)} answers`),
    });
    const rows = scores.map(({ score, error }, i): ScoreRow => ({
      prompt_id: samples[i]!.prompt_id,
      k: samples[i]!.k,
      score: score ?? null,
      error: error ?? null,
      judge_id: judge.id,
    }));
    await writeArrowFile(path, 'scores', rows);
    return rows;
  });
}

import { z } from 'zod';

import { readRows } from 'nashtune/datasets';

import { listProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';
import type { Battle } from './battle.ts';
import { battlesOfLabels, isLabel } from './battlesOfLabels.ts';

const label = z.string().refine(isLabel, 'no verdict such as "A>B"').nullable();
const game = z.looseObject({ score: label });
/** Version 2 names `uid` and `baseline`; version 0.1 `question_id`, and no baseline: gpt-4-0314. */
const judgment = z.looseObject({
  uid: z.string().optional(),
  question_id: z.string().optional(),
  model: z.string(),
  judge: z.string().optional(),
  baseline: z.string().default('gpt-4-0314'),
  games: z.tuple([game.nullable(), game.nullable()]),
});

/** Battles of one or more models, and what is odd about the files. */
export interface ArenaHardJudgments {
  battles: Battle[];
  judge: string | null;
  warnings: string[];
}

/**
 * Reads Arena-Hard-Auto's model_judgment files: JSON Lines of `uid` (or `question_id`), `model`, `judge`, `baseline` and two
 * `games`, of which the second has the places swapped.
 *
 * @throws {UserError} when a row is malformed, a model has a prompt twice, or judges are mixed
 */
export async function readArenaHardJudgments(paths: readonly string[]): Promise<ArenaHardJudgments> {
  const battles: Battle[] = [];
  const problems: string[] = [];
  const [seen, judges] = [new Set<string>(), new Map<string, number>()];
  let [rows, lost] = [0, 0];
  for (const path of paths) {
    for await (const place of readRows(path)) {
      const where = `${path} ${place.at}`;
      const parsed = 'row' in place ? judgment.safeParse(place.row) : undefined;
      const prompt = parsed?.data?.uid ?? parsed?.data?.question_id;
      if (!parsed?.success || prompt === undefined) {
        problems.push(`${where}: ${faultOf(parsed, 'problem' in place ? place.problem : 'no uid or question_id')}`);
        continue;
      }
      const { model, judge, baseline, games } = parsed.data;
      const key = JSON.stringify([model, prompt]);
      if (seen.has(key)) problems.push(`${where}: "${model}" is judged on prompt "${prompt}" a second time`);
      seen.add(key);
      judges.set(judge ?? 'none', (judges.get(judge ?? 'none') ?? 0) + 1);
      const labels = games.map((one) => one?.score ?? null) as [string | null, string | null];
      rows++;
      lost += labels.filter((one) => one === null).length;
      battles.push(...battlesOfLabels(labels).map((score) => ({ model, baseline, prompt, score })));
    }
  }
  if (judges.size > 1) {
    problems.push(`several judges: ${Array.from(judges, ([name, count]) => `"${name}" in ${count} rows`).join(', ')}`);
  }
  if (problems.length > 0 || battles.length === 0) {
    const found = problems.length > 0 ? problems : ['no game with a verdict'];
    throw new UserError(
      'arenaHard.malformed',
      `Expected judgments of Arena-Hard by one judge, each prompt once for a model, found:\n${listProblems(found)}\n` +
        'Mend the files, or give those of one judge.',
    );
  }
  const warnings = lost > 0 ? [`${lost} of ${2 * rows} games have no verdict and count nowhere`] : [];
  return { battles, judge: [...judges.keys()].find((name) => name !== 'none') ?? null, warnings };
}

function faultOf(parsed: z.ZodSafeParseResult<unknown> | undefined, otherwise: string): string {
  const issues = parsed?.error?.issues.map(({ path, message }) => `${z.core.toDotPath(path)}: ${message}`) ?? [];
  return issues.length > 0 ? issues.join('; ') : otherwise;
}

import { readRows } from 'nashtune/datasets';
import { z } from 'zod';

import { listProblems, schemaProblems } from '../../datasets/listProblems.ts';
import { UserError } from '../../src/base/userError.ts';
import { answerStyle, type AnswerStyle } from './answerStyle.ts';
import type { Battle } from './battle.ts';
import type { StyledBattle } from './styleControl.ts';

const counts = z.record(z.string(), z.number());
const content = z.union([z.string(), z.looseObject({ answer: z.string() })]);
const answer = z.looseObject({
  uid: z.string(),
  model: z.string(),
  messages: z.array(z.looseObject({ content: content })).min(1),
  metadata: z
    .looseObject({ token_len: z.number(), header_count: counts, list_count: counts, bold_count: counts })
    .optional(),
});

/** Looks of answers, by model and prompt. */
export type AnswerStyles = ReadonlyMap<string, AnswerStyle>;

/**
 * Reads how answers look from Arena-Hard's model_answer files: JSON Lines of `uid`, `model`, `messages` and `metadata`.
 * Where one answer lacks `metadata`, all are counted anew from their text, so that lengths are of one measure.
 *
 * @throws {UserError} when a row is malformed
 */
export async function readAnswerStyles(paths: readonly string[]): Promise<AnswerStyles> {
  const rows: z.infer<typeof answer>[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    for await (const place of readRows(path)) {
      const parsed = 'row' in place ? answer.safeParse(place.row) : undefined;
      if (parsed?.success) rows.push(parsed.data);
      else {
        const found = parsed ? schemaProblems(parsed.error) : 'problem' in place ? [place.problem] : [];
        problems.push(`${path} ${place.at}: ${found.join('; ')}`);
      }
    }
  }
  if (problems.length > 0) {
    throw new UserError(
      'arenaHard.answers',
      `--answers: expected Arena-Hard's model_answer files (uid, model, messages, metadata), found:\n${listProblems(problems)}\n` +
        'Give the answers of the judged models and of the baseline.',
    );
  }
  const counted = rows.every(({ metadata }) => metadata !== undefined);
  return new Map(
    rows.map(({ uid, model, messages, metadata }) => {
      const last = messages.at(-1)!.content;
      const text = typeof last === 'string' ? last : last.answer;
      return [styleKey(model, uid), counted ? styleOf(metadata!) : answerStyle(text)];
    }),
  );
}

/**
 * Battles with the looks of both answers.
 *
 * @throws {UserError} when an answer is missing
 */
export function withStyles(battles: readonly Battle[], styles: AnswerStyles): StyledBattle[] {
  const missing = new Set<string>();
  const find = (model: string, prompt: string): AnswerStyle => {
    const style = styles.get(styleKey(model, prompt));
    if (!style) missing.add(`"${model}" to prompt "${prompt}"`);
    return style ?? { length: 0, headers: 0, lists: 0, bold: 0 };
  };
  const styled = battles.map((battle) => ({
    ...battle,
    style: find(battle.model, battle.prompt),
    baselineStyle: find(battle.baseline, battle.prompt),
  }));
  if (missing.size === 0) return styled;
  throw new UserError(
    'arenaHard.answers',
    `--answers: expected the answers of the judged models and the baseline, found none of:\n${listProblems([...missing])}\n` +
      'Give their model_answer files too, or leave --answers out.',
  );
}

function styleOf({ token_len, header_count, list_count, bold_count }: NonNullable<z.infer<typeof answer>['metadata']>) {
  return { length: token_len, headers: sum(header_count), lists: sum(list_count), bold: sum(bold_count) };
}

function styleKey(model: string, prompt: string): string {
  return JSON.stringify([model, prompt]);
}

function sum(values: Record<string, number>): number {
  return Object.values(values).reduce((total, n) => total + n, 0);
}

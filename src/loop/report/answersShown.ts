import type { SampleRow } from '../../../datasets/index.ts';
import type { AnswersShown } from './reportData.ts';
import { withinCharacters } from './withinCharacters.ts';

/** Characters of prompts and answers that a page holds. */
const CHARACTERS = 2_000_000;

/** Answers of one policy to the held-out prompts. */
export interface RoundAnswers {
  round: number;
  samples: readonly SampleRow[];
}

/** The held-out prompts with the base policy's first answer and each round's, in the order of the base's. */
export function answersShown(
  baseline: readonly SampleRow[],
  rounds: readonly RoundAnswers[],
  prompts: ReadonlyMap<string, string>,
): AnswersShown | undefined {
  const policies = [baseline, ...rounds.map(({ samples }) => samples)].map((rows) => firstAnswers(rows));
  const ids = [...new Set(policies.flatMap((answers) => [...answers.keys()]))];
  if (ids.length === 0) return undefined;
  const entries = ids.map((id) => ({
    prompt: prompts.get(id) ?? id,
    answers: policies.map((answers) => answers.get(id) ?? null),
  }));
  return {
    rounds: rounds.map(({ round }) => round),
    total: ids.length,
    prompts: withinCharacters(entries, CHARACTERS, ({ prompt, answers }) => [prompt, ...answers.map((a) => a ?? '')]),
  };
}

function firstAnswers(rows: readonly SampleRow[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const { prompt_id, text } of rows) if (!first.has(prompt_id)) first.set(prompt_id, text);
  return first;
}

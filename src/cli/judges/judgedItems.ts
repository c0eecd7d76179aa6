import type { PreferencePair, PromptRow, SampleRow } from '../../../datasets/index.ts';
import { listProblems } from '../../../datasets/listProblems.ts';
import { UserError } from '../../base/userError.ts';
import type { Answer, Comparison } from '../../judges/index.ts';
import { groupByPrompt } from '../../loop/groupByPrompt.ts';

/** Questions to a judge, and where their answers belong in the tables. */
export interface JudgedItems {
  comparisons: (Comparison & { row: { prompt_id: string; i: number; j: number } })[];
  answers: (Answer & { row: { prompt_id: string; k: number } })[];
  /** Prompts with a single answer, which meets no other. */
  alone: string[];
}

/** The chosen answer of each pair, number 0, against the rejected one, number 1; the pair's id stands for the prompt's. */
export function itemsOfPairs(pairs: readonly PreferencePair[]): JudgedItems {
  return {
    comparisons: pairs.map(({ id, prompt, chosen, rejected }) => ({
      id,
      prompt,
      a: chosen,
      b: rejected,
      row: { prompt_id: id, i: 0, j: 1 },
    })),
    answers: pairs.flatMap(({ id, prompt, chosen, rejected }) =>
      [chosen, rejected].map((answer, k) => ({ id, prompt, answer, row: { prompt_id: id, k } })),
    ),
    alone: [],
  };
}

/**
 * All answers to a prompt with one another: the upper half of the K x K matrix of each prompt.
 *
 * @throws {UserError} when prompts are missing, or no prompt has two answers
 */
export function itemsOfSamples(
  samples: readonly SampleRow[],
  prompts: readonly PromptRow[],
  path: string,
): JudgedItems {
  const messages = new Map(prompts.map((prompt) => [prompt.id, prompt.messages]));
  const groups = groupByPrompt(samples);
  const missing = [...groups.keys()].filter((id) => !messages.has(id));
  if (missing.length > 0) {
    throw new UserError(
      'judge.prompts',
      `--prompts: expected the prompts of ${path}, found none of these ids:\n${listProblems(missing)}\n` +
        'Give the file from which the samples were drawn.',
    );
  }
  const items: JudgedItems = { comparisons: [], answers: [], alone: [] };
  for (const [id, answers] of groups) {
    const prompt = messages.get(id)!;
    if (answers.length === 1) items.alone.push(id);
    for (const [at, { k, text }] of answers.entries()) {
      items.answers.push({ id, prompt, answer: text, row: { prompt_id: id, k } });
      for (const other of answers.slice(at + 1)) {
        items.comparisons.push({
          id: `${id}:${k}:${other.k}`,
          prompt,
          a: text,
          b: other.text,
          row: { prompt_id: id, i: k, j: other.k },
        });
      }
    }
  }
  if (items.comparisons.length > 0) return items;
  throw new UserError(
    'judge.oneAnswer',
    `${path}: expected several answers to a prompt, found one to each of ${groups.size}. Sample with -k 2 or more.`,
  );
}

import { ADAPTERS, readRows, RowFault, type Message } from '../../../../datasets/index.ts';
import type { RowReader } from '../../../../datasets/adaptRows.ts';
import { pairsReader } from '../../../../datasets/readPairs.ts';
import { PROMPTS_READER } from '../../../../datasets/readPrompts.ts';
import { RESPONSES_READER } from '../../../../datasets/readResponses.ts';

/** What rows can be read as, what says most first. */
export const KINDS = ['pairs', 'responses', 'prompts'] as const;
export type Kind = (typeof KINDS)[number];

/** How a row of several scored answers becomes a pair. */
export const BEST_AGAINST_WORST = { pairs: 'best-worst', minMargin: 0 } as const;

/** Rows looked at to tell a kind. */
const LOOKED_AT = 100;

/**
 * What the first rows can be read as by an adapter, `auto` for that of each row: the kind that says most, of those that hold
 * for most rows or for half as many. Pairs where nothing is known.
 */
export async function kindOf(place: string, adapter: string): Promise<Kind> {
  const votes = { pairs: 0, responses: 0, prompts: 0 };
  let looked = 0;
  for await (const found of readRows(place)) {
    if ('row' in found) {
      const { row } = found;
      const format = ADAPTERS.find(({ name, matches }) => (adapter === 'auto' ? matches(row) : name === adapter));
      if (Array.isArray(format?.toPairs?.(row, BEST_AGAINST_WORST))) votes.pairs++;
      if (Array.isArray(format?.toResponses?.(row))) votes.responses++;
      if (Array.isArray(format?.toPrompt?.(row))) votes.prompts++;
    }
    if (++looked === LOOKED_AT) break;
  }
  const most = Math.max(...Object.values(votes));
  return KINDS.find((kind) => votes[kind] >= most / 2)!;
}

/** One pair, answer or prompt, as far as it is measured. */
export interface Exchange {
  prompt: readonly Message[];
  /** The texts that answer it, by name: `chosen` and `rejected`, or `response`. */
  answers: Readonly<Record<string, string>>;
  /** Numbers that came with it, by name. */
  numbers: Readonly<Record<string, number | undefined>>;
}

/** Reads the exchanges of rows. */
export const EXCHANGE_READERS: Readonly<Record<Kind, RowReader<Exchange[]>>> = {
  pairs: mapped(pairsReader(BEST_AGAINST_WORST), (pairs) =>
    pairs.map(({ prompt, chosen, rejected, scoreMargin }) => ({
      prompt,
      answers: { chosen, rejected },
      numbers: { scoreMargin },
    })),
  ),
  responses: mapped(RESPONSES_READER, (responses) =>
    responses.map(({ prompt, response, score }) => ({ prompt, answers: { response }, numbers: { score } })),
  ),
  prompts: mapped(PROMPTS_READER, (prompt) => [{ prompt, answers: {}, numbers: {} }]),
};

function mapped<A, B>({ wanted, read }: RowReader<A>, map: (contents: A) => B): RowReader<B> {
  return {
    wanted,
    read: (recognized) => {
      const contents = read(recognized);
      return contents instanceof RowFault ? contents : map(contents);
    },
  };
}

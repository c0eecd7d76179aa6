import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readArrowFile, readPrompts } from 'nashtune/datasets';
import { compareWinRate, type WinRate } from 'nashtune/world';

/** What a round of a recipe came to on held-out prompts. */
export interface WorldRound {
  round: number;
  /** Wins over the base by the world's hidden rule, which neither judge nor policy sees. */
  winRate: WinRate;
  /** Wins over the base by the judge that the recipe asked: where it is much higher, the policy games the judge. */
  judgeWinRate: WinRate;
  /** Nats an answer. */
  klToBase: number;
  /** Mean length of an answer. */
  answerTokens: number;
  /** Of the round's stages, without loading and compiling outside them. */
  seconds: number;
}

interface RecordedRound {
  round: number;
  measured: Record<'judgeWinRate' | 'low' | 'high' | 'judged' | 'klToBase' | 'answerTokens', number>;
}

/**
 * Reads the rounds of a finished run on the world's prompts, and counts its wins by the hidden rule.
 *
 * @param run     folder of the run
 * @param heldOut the file of prompts on which it was measured
 */
export async function readWorldRounds(run: string, heldOut: string): Promise<WorldRound[]> {
  const { rounds } = JSON.parse(await readFile(join(run, 'run.json'), 'utf8')) as { rounds: RecordedRound[] };
  const prompts = await readPrompts(heldOut);
  const questions = prompts.map(({ messages }) => messages.at(-1)!.content);
  const textsOf = async (round: number, name: string): Promise<string[]> => {
    const folder = `round-${String(round).padStart(2, '0')}`;
    const samples = await readArrowFile(join(run, folder, `${name}.arrow`), 'samples');
    const text = new Map(samples.map((row) => [row.prompt_id, row.text]));
    return prompts.map(({ id }) => text.get(id)!);
  };
  const base = await textsOf(1, 'baseline');
  const seconds = await secondsByRound(join(run, 'timings.jsonl'));
  const told: WorldRound[] = [];
  for (const { round, measured } of rounds) {
    const { judgeWinRate, low, high, judged, klToBase, answerTokens } = measured;
    told.push({
      round,
      winRate: compareWinRate(questions, await textsOf(round, 'evaluation'), base),
      judgeWinRate: { rate: judgeWinRate, low, high, count: judged },
      klToBase,
      answerTokens,
      seconds: seconds.get(round) ?? 0,
    });
  }
  return told;
}

async function secondsByRound(timings: string): Promise<Map<number, number>> {
  const total = new Map<number, number>();
  for (const line of (await readFile(timings, 'utf8')).trim().split('\n')) {
    // Rows on the speed of a stage have no seconds.
    const { round, seconds = 0 } = JSON.parse(line) as { round: number; seconds?: number };
    total.set(round, (total.get(round) ?? 0) + seconds);
  }
  return total;
}

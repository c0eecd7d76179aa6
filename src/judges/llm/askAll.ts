import { concurrently } from '../../api/concurrently.ts';
import type { JudgeOptions } from '../judge.ts';
import type { ChatAnswer, ChatRequest } from './chatModel.ts';

/**
 * Asks every question once, some at a time; equal questions share one answer, whose cost is counted once. The first thing
 * thrown stops the rest, and is thrown once all have stopped.
 *
 * @returns in the order of the requests
 */
export async function askAll(
  requests: readonly ChatRequest[],
  concurrency: number,
  { signal, onProgress }: JudgeOptions,
  ask: (request: ChatRequest, signal: AbortSignal) => Promise<ChatAnswer>,
): Promise<ChatAnswer[]> {
  const rowsOf = new Map<string, number[]>();
  for (const [row, request] of requests.entries()) {
    const key = JSON.stringify(request);
    const rows = rowsOf.get(key);
    if (rows) rows.push(row);
    else rowsOf.set(key, [row]);
  }
  const answers: ChatAnswer[] = Array.from({ length: requests.length });
  let done = 0;
  await concurrently([...rowsOf.values()], { atOnce: concurrency, signal }, async (rows, stopped) => {
    const answer = await ask(requests[rows[0]!]!, stopped);
    rows.forEach((row, i) => {
      answers[row] = i === 0 ? answer : { ...answer, cost: { seconds: 0 } };
    });
    done += rows.length;
    onProgress?.(done, requests.length);
  });
  return answers;
}

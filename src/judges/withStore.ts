import { z } from 'zod';

import type { Judge, JudgeOptions, JudgmentCost, Score, ScoringJudge, Verdict } from './judge.ts';
import { judgmentKey, type Judgments } from './judgmentStore.ts';
import { failsTooOften, refuseFailures, type FailureLimit } from './refuseManyFailures.ts';
import { soundScore } from './soundScore.ts';
import { soundVerdict } from './soundVerdict.ts';

/** Questions asked between two writes to the store. */
const CHUNK = 256;

const costSchema = z.object({
  seconds: z.number(),
  promptTokens: z.number().optional(),
  completionTokens: z.number().optional(),
  dollars: z.number().optional(),
});
const rest = { raw: z.string().optional(), cost: costSchema.optional() };
const verdictSchema = z.object({
  pFirst: z.number().min(0).max(1),
  orders: z.object({ ab: z.number(), ba: z.number() }).optional(),
  ...rest,
});
const scoreSchema = z.object({ score: z.number(), ...rest });

/** What a verdict that is known already costs. */
const FREE: JudgmentCost = { seconds: 0 };

/**
 * Remembers a judge's verdicts, and its scores if it gives some: by the judge's id, the conversation and the answers, a
 * question is asked once, over all runs that share the store. Failures are not remembered: the next run asks again.
 *
 * With a limit it stops as soon as more of the questions so far have failed, at least 256 or all of them, than may
 * (`refuseManyFailures`); what was judged by then is in the store. It counts the questions of one call.
 *
 * Disposing it disposes the judge; the store stays open.
 */
export function withStore(judge: ScoringJudge, store: Judgments, limit?: FailureLimit): ScoringJudge;
export function withStore(judge: Judge, store: Judgments, limit?: FailureLimit): Judge;
export function withStore(judge: Judge | ScoringJudge, store: Judgments, limit?: FailureLimit): Judge {
  const remembering: Judge = {
    id: judge.id,
    readsEarlier: judge.readsEarlier,
    compare: (items, options = {}) => {
      const keys = items.map(({ prompt, a, b, earlier }) =>
        judgmentKey('verdict', judge.id, prompt, a, b, ...(earlier ? [earlier.a, earlier.b] : [])),
      );
      return remember<Verdict>(
        { keys, schema: verdictSchema, sound: soundVerdict, store, limit, options },
        (rows, judging) =>
          judge.compare(
            rows.map((i) => items[i]!),
            judging,
          ),
      );
    },
    dispose: () => judge.dispose(),
  };
  if (!('score' in judge)) return remembering;
  const score: ScoringJudge['score'] = (items, options = {}) => {
    const keys = items.map(({ prompt, answer }) => judgmentKey('score', judge.id, prompt, answer));
    return remember<Score>({ keys, schema: scoreSchema, sound: soundScore, store, limit, options }, (rows, judging) =>
      judge.score(
        rows.map((i) => items[i]!),
        judging,
      ),
    );
  };
  return Object.assign(remembering, { score, prefer: (a: Score, b: Score) => judge.prefer(a, b) });
}

interface Questions<A> {
  /** Of each question; equal ones are asked once. */
  keys: readonly string[];
  /** What is worth keeping. */
  schema: z.ZodType;
  /** Tells failures. */
  sound: (answer: A) => A;
  store: Judgments;
  limit: FailureLimit | undefined;
  options: JudgeOptions;
}

/** Takes answers from the store, and asks for the others, whose places among all it hands to `ask`. */
async function remember<A extends { cost?: JudgmentCost; error?: string }>(
  { keys, schema, sound, store, limit, options }: Questions<A>,
  ask: (rows: readonly number[], options: JudgeOptions) => Promise<A[]>,
): Promise<A[]> {
  const known = keys.map((key) => schema.safeParse(store.get(key)).data as A | undefined);
  const fresh = new Map<string, number>();
  for (const [i, key] of keys.entries()) if (!known[i] && !fresh.has(key)) fresh.set(key, i);
  const rows = [...fresh.values()];
  const found = new Map<string, A>();
  // Counted as they come: a look at all of them after each chunk takes minutes of a million.
  const times = new Map<string, number>();
  for (const [i, key] of keys.entries()) if (!known[i]) times.set(key, (times.get(key) ?? 0) + 1);
  let total = known.filter((answer) => answer !== undefined).length;
  let failed = known.filter((answer) => answer && sound(answer).error !== undefined).length;
  for (let start = 0; start < rows.length; start += CHUNK) {
    const chunk = rows.slice(start, start + CHUNK);
    const answers = await ask(chunk, progressFrom(options, keys.length - rows.length + start, keys.length));
    chunk.forEach((i, at) => found.set(keys[i]!, answers[at]!));
    await Promise.all(
      chunk.map(async (i) => {
        const answer = found.get(keys[i]!)!;
        if (schema.safeParse(answer).success) await store.put(keys[i]!, answer);
      }),
    );
    for (const i of chunk) {
      const count = times.get(keys[i]!)!;
      total += count;
      if (sound(found.get(keys[i]!)!).error !== undefined) failed += count;
    }
    if (limit && failsTooOften({ failed, total }, limit)) {
      refuseFailures(keys.flatMap((key, i) => known[i] ?? found.get(key) ?? []).map(sound), limit);
    }
  }
  return keys.map((key, i) => {
    const answer = known[i] ?? found.get(key)!;
    return fresh.get(key) === i ? answer : { ...answer, cost: FREE };
  });
}

function progressFrom({ signal, onProgress }: JudgeOptions, known: number, total: number): JudgeOptions {
  return {
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress: (done: number) => onProgress(known + done, total) } : {}),
  };
}

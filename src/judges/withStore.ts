import { z } from 'zod';

import type { Judge, JudgeOptions, JudgmentCost, Verdict } from './judge.ts';
import { judgmentKey, type JudgmentStore } from './judgmentStore.ts';

/** Comparisons asked between two writes to the store. */
const CHUNK = 256;

const costSchema = z.object({
  seconds: z.number(),
  promptTokens: z.number().optional(),
  completionTokens: z.number().optional(),
  dollars: z.number().optional(),
});
const verdictSchema = z.object({
  pFirst: z.number().min(0).max(1),
  orders: z.object({ ab: z.number(), ba: z.number() }).optional(),
  raw: z.string().optional(),
  cost: costSchema.optional(),
});

/** What a verdict that is known already costs. */
const FREE: JudgmentCost = { seconds: 0 };

/**
 * Remembers a judge's verdicts: by the judge's id, the conversation and both answers, a comparison is judged once, over all
 * runs that share the store. Failures are not remembered: the next run asks again.
 *
 * Disposing it disposes the judge; the store stays open.
 */
export function withStore(judge: Judge, store: JudgmentStore): Judge {
  return {
    id: judge.id,
    compare: async (items, options = {}) => {
      const keys = items.map(({ prompt, a, b }) => judgmentKey('verdict', judge.id, prompt, a, b));
      const known = keys.map((key) => verdictSchema.safeParse(store.get(key)).data as Verdict | undefined);
      const fresh = new Map<string, number>();
      for (const [i, key] of keys.entries()) if (!known[i] && !fresh.has(key)) fresh.set(key, i);
      const rows = [...fresh.values()];
      const judged = new Map<string, Verdict>();
      for (let start = 0; start < rows.length; start += CHUNK) {
        const chunk = rows.slice(start, start + CHUNK);
        const verdicts = await judge.compare(
          chunk.map((i) => items[i]!),
          progressFrom(options, items.length - rows.length + start, items.length),
        );
        chunk.forEach((i, at) => judged.set(keys[i]!, verdicts[at]!));
        await Promise.all(chunk.map((i) => keep(store, keys[i]!, judged.get(keys[i]!)!)));
      }
      return keys.map((key, i) => {
        const verdict = known[i] ?? judged.get(key)!;
        return fresh.get(key) === i ? verdict : { ...verdict, cost: FREE };
      });
    },
    dispose: () => judge.dispose(),
  };
}

/** Keeps a verdict that is one. */
async function keep(store: JudgmentStore, key: string, verdict: Verdict): Promise<void> {
  if (verdictSchema.safeParse(verdict).success) await store.put(key, verdict);
}

function progressFrom({ signal, onProgress }: JudgeOptions, known: number, total: number): JudgeOptions {
  return {
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress: (done: number) => onProgress(known + done, total) } : {}),
  };
}

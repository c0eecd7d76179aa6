import { judgmentKey, type Judgments } from './judgmentStore.ts';

/** A part of a store: what stands there is apart from the rest, and what has the same name is the same part. */
export function storePart(store: Judgments, name: string): Judgments {
  return {
    get: (key) => store.get(judgmentKey(name, key)),
    put: (key, value) => store.put(judgmentKey(name, key), value),
  };
}

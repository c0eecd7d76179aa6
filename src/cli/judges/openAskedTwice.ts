import { withStore, type Judge, type Judgments, type ScoringJudge } from '../../judges/index.ts';
import { storePart } from '../../judges/storePart.ts';
import { openJudge, type JudgeContext } from './openJudge.ts';

/** A judge for the first asking, and the same for the second, which begins with the call. */
export interface AskedTwice {
  judge: Judge | ScoringJudge;
  second: () => Judge | ScoringJudge;
}

/** Opens a judge to be asked twice, with what it says the second time stored apart: the first answers are no second ones. */
export async function openAskedTwice(spec: string, context: JudgeContext): Promise<AskedTwice> {
  const { store } = context;
  if (!store) {
    const judge = await openJudge(spec, context);
    return { judge, second: () => judge };
  }
  let place = store;
  const answers: Judgments = { get: (key) => place.get(key), put: (key, value) => place.put(key, value) };
  const judge = await openJudge(spec, { ...context, store: answers });
  return {
    judge: withStore(judge, store),
    second: () => {
      place = storePart(store, 'asked again');
      return withStore(judge, place);
    },
  };
}

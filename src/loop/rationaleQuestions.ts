import type { PreferencePair, PromptRow } from '../../datasets/index.ts';
import { randomStream } from '../base/seed.ts';
import { rationaleMessages } from '../judges/index.ts';

/** Questions for a judge's rationale, and which verdict is right. */
export interface RationaleQuestions {
  rows: PromptRow[];
  /** By the id of a question: 1 where the answer shown first is the better one, else 0. */
  verdicts: ReadonlyMap<string, 0 | 1>;
}

/** Shows each labelled pair in an order drawn from the seed; ties, which have no right verdict, are left out. */
export function rationaleQuestions(pairs: readonly PreferencePair[], seed: number): RationaleQuestions {
  const verdicts = new Map<string, 0 | 1>();
  const rows = pairs
    .filter(({ chosenProbability = 1 }) => chosenProbability !== 0.5)
    .map(({ id, prompt, chosen, rejected, chosenProbability = 1 }): PromptRow => {
      const [better, worse] = chosenProbability > 0.5 ? [chosen, rejected] : [rejected, chosen];
      const isFirst = randomStream(seed, 'rationale order', id).uniform() < 0.5;
      verdicts.set(id, isFirst ? 1 : 0);
      const [first, second] = isFirst ? [better, worse] : [worse, better];
      return { id, messages: rationaleMessages({ prompt, first, second }), source: 'pairs' };
    });
  return { rows, verdicts };
}

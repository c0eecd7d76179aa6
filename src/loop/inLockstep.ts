/**
 * Does the same many-step work for all items, and answers the questions of one step of all of them together: as soon as
 * every item waits for an answer or is done.
 *
 * @param answer gets the questions of all items that wait, in the order of the items
 * @param work   what is done for one item; it asks through its second argument, one step at a time
 * @example await inLockstep(prompts, (questions) => judge(questions), async (prompt, ask) => { await ask([...]); });
 */
export async function inLockstep<Item, Question, Answer>(
  items: readonly Item[],
  answer: (questions: readonly Question[]) => Promise<readonly Answer[]>,
  work: (item: Item, ask: (questions: readonly Question[]) => Promise<Answer[]>) => Promise<void>,
): Promise<void> {
  const waiting = new Map<number, Waiting<Question, Answer>>();
  let active = items.length;
  const step = async (): Promise<void> => {
    if (waiting.size < active || active === 0) return;
    const asked = [...waiting].sort(([a], [b]) => a - b).map(([, entry]) => entry);
    waiting.clear();
    try {
      const answers = await answer(asked.flatMap(({ questions }) => questions));
      let next = 0;
      for (const { questions, resolve } of asked) resolve(answers.slice(next, (next += questions.length)));
    } catch (error) {
      for (const { reject } of asked) reject(error);
    }
  };
  await Promise.all(
    items.map(async (item, at) => {
      const ask = (questions: readonly Question[]): Promise<Answer[]> =>
        new Promise((resolve, reject) => {
          waiting.set(at, { questions, resolve, reject });
          void step();
        });
      try {
        await work(item, ask);
      } finally {
        active -= 1;
        void step();
      }
    }),
  );
}

interface Waiting<Question, Answer> {
  questions: readonly Question[];
  resolve: (answers: Answer[]) => void;
  reject: (error: unknown) => void;
}

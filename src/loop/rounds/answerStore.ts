import { createJudgmentStore, type Judgments, type JudgmentStore } from '../../judges/index.ts';

/** Answers of APIs that a judge is opened with before the folder is there in which they are kept. */
export interface AnswerStore {
  /** The answers, for whom asks an API. */
  use(): Judgments;
  /** Opens the store in a folder, where anybody uses it. */
  open(folder: string): Promise<void>;
  close(): Promise<void>;
}

export function createAnswerStore(): AnswerStore {
  let used = false;
  let store: JudgmentStore | undefined;
  return {
    use: () => {
      used = true;
      return { get: (key) => store?.get(key), put: async (key, value) => store?.put(key, value) };
    },
    open: async (folder) => {
      if (used) store = await createJudgmentStore(folder);
    },
    close: async () => {
      await store?.close();
      store = undefined;
    },
  };
}

import type { JudgeOptions } from './judge.ts';

/** Options for a judge's questions to a model: their progress, however many there are, is told as that of `items`. */
export function progressOver(items: number, { signal, onProgress }: JudgeOptions): JudgeOptions {
  let most = 0;
  return {
    ...(signal ? { signal } : {}),
    ...(onProgress
      ? {
          onProgress: (done: number, total: number) => {
            // A second round of questions about the rest does not take back what is done.
            most = Math.max(most, Math.floor((done / total) * items));
            onProgress(most, items);
          },
        }
      : {}),
  };
}

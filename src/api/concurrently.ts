/**
 * Does `work` for each item, some of them at a time. The first thing that is thrown stops the rest, and is thrown once all have
 * stopped.
 *
 * @param signal stops all with its reason
 */
export async function concurrently<T>(
  items: readonly T[],
  { atOnce, signal }: { atOnce: number; signal?: AbortSignal | undefined },
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const queue = items.values();
  const next = async (): Promise<void> => {
    for (const item of queue) {
      stopped.throwIfAborted();
      await work(item, stopped);
    }
  };
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, () =>
    next().catch((error: unknown) => {
      stop.abort(error);
      throw error;
    }),
  );
  const failed = (await Promise.allSettled(workers)).some(({ status }) => status === 'rejected');
  if (failed) throw stopped.reason;
}

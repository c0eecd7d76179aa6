import { join } from 'node:path';

import { withLoop, type Loop } from 'nashtune/loop';

export { judgmentRow, promptRow, sampleRow } from './tableRows.ts';

/** Opens a loop in `folder` that prints nowhere. */
export function inLoop<T>(folder: string, work: (loop: Loop) => Promise<T>, resume = false): Promise<T> {
  const context = {
    out: join(folder, 'run'),
    resume,
    signal: new AbortController().signal,
    print: () => undefined,
    progress: () => undefined,
  };
  const manifest = { recipe: 'test', config: {}, seeds: { seed: 1 }, inputs: {}, versions: {} };
  return withLoop(context, manifest, work);
}

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { packageRoot } from '../src/recipe/packageRoot.ts';
import { environment, type Environment } from './environment.ts';
import { median } from './timing.ts';

export interface StartupTime {
  what: string;
  /** The built package, or the sources through tsx. */
  from: 'dist' | 'sources';
  /** From the start of Node to its end. */
  secondsMedian: number;
  secondsRange: [fastest: number, slowest: number];
}

export interface StartupBenchResult extends Environment {
  benchmark: 'startup';
  times: StartupTime[];
}

/** Times what a user waits for before anything happens: `nashtune --help`, and the import of the losses. */
export function benchStartup({ repeats }: { repeats: number }): StartupBenchResult {
  const machine = environment();
  const root = packageRoot();
  const cases = [...casesOf(root, 'dist'), ...casesOf(root, 'sources')];
  const seconds = cases.map((): number[] => []);
  // Interleaved, so that a disturbance does not hit one case alone; the first round warms the file cache.
  for (let round = 0; round <= repeats; round++) {
    cases.forEach(({ args }, i) => {
      const start = performance.now();
      execFileSync(process.execPath, args, { cwd: root, stdio: 'ignore' });
      if (round > 0) seconds[i]!.push((performance.now() - start) / 1000);
    });
  }
  const times = cases.map(({ what, from }, i) => ({
    what,
    from,
    secondsMedian: median(seconds[i]!),
    secondsRange: [Math.min(...seconds[i]!), Math.max(...seconds[i]!)] as [number, number],
  }));
  return { benchmark: 'startup', times, ...machine };
}

function casesOf(root: string, from: 'dist' | 'sources'): { what: string; from: 'dist' | 'sources'; args: string[] }[] {
  const [folder, extension] = from === 'dist' ? ['dist', 'js'] : ['.', 'ts'];
  const entry = join(root, folder, `src/cli/entry.${extension}`);
  if (!existsSync(entry)) return [];
  const losses = pathToFileURL(join(root, folder, `losses/index.${extension}`)).href;
  const loader = from === 'sources' ? ['--import', 'tsx'] : [];
  return [
    { what: 'nashtune --help', from, args: [...loader, entry, '--help'] },
    {
      what: "import 'nashtune/losses'",
      from,
      args: [...loader, '--input-type=module', '--eval', `await import('${losses}')`],
    },
  ];
}

import type { StartupBenchResult } from '../../../../bench/index.ts';
import { defineCommand } from '../../command.ts';
import { checkWhole } from '../data/checkWhole.ts';
import { formatMachine } from './speedOptions.ts';

export const startupCommand = defineCommand({
  usage: 'startup',
  summary: 'How long the program takes to start',
  positionals: {},
  options: { steps: { type: 'number', requiresArg: true, default: 10, describe: 'Starts that count' } },
  examples: [['$0 bench startup --steps 3', 'The median of three starts']],
  run: async (args, session) => {
    const repeats = checkWhole('--steps', args.steps, 1);
    const { benchStartup } = await import('../../../../bench/index.ts');
    const result = benchStartup({ repeats });
    session.status.clear();
    if (args.json) session.printJson(result);
    else session.print(formatStartup(result));
    return 0;
  },
});

function formatStartup({ times, ...machine }: StartupBenchResult): string {
  const rows = times.map(({ what, from, secondsMedian, secondsRange: [fastest, slowest] }) => {
    const seconds = `${secondsMedian.toFixed(2)} s (${fastest.toFixed(2)} to ${slowest.toFixed(2)})`;
    return `  ${what}, from ${from}: ${seconds}`;
  });
  return ['startup', ...rows, `  ${formatMachine(machine)}`].join('\n');
}

import { outputFault } from '../../base/outputFault.ts';
import { formatInterval, formatNumber } from '../../loop/report/format.ts';
import type { ReportData, ReportRound } from '../../loop/report/reportData.ts';
import { defineCommand } from '../command.ts';
import { printable } from '../drawing/printable.ts';

export const reportCommand = defineCommand({
  usage: 'report <run>',
  summary: 'Make report.html of a run again from its files, also of one that was stopped',
  positionals: { run: { type: 'string', demandOption: true, describe: 'Folder of the run' } },
  options: {},
  examples: [
    ['$0 report runs/sppo', 'Curves, win rates, answers before and after, in one file'],
    ['$0 report runs/sppo --json', 'Its path and the main numbers for a program'],
  ],
  run: async (args, session) => {
    const { writeRunReport } = await import('../../loop/report/writeRunReport.ts');
    const { path, data } = await writeRunReport(args.run, { timings: true }).catch((error: unknown) => {
      throw outputFault(error, args.run);
    });
    if (args.json) session.printJson({ report: path, ...mainNumbers(data) });
    else session.print(printable([...lines(data), path].join('\n')));
    return 0;
  },
});

function mainNumbers({ title, rounds, steps, alarms, missing, notes }: ReportData) {
  return { title, finished: missing.length === 0, steps: steps.length, rounds, alarms, missing, notes };
}

function lines({ rounds, alarms, missing }: ReportData): string[] {
  return [
    ...missing,
    ...rounds.map((round) => `round ${round.round}  ${figures(round)}`),
    ...alarms.map((alarm) => `alarm: ${alarm}`),
  ];
}

function figures({ winRate, judgeWinRate, values }: ReportRound): string {
  const rates = [
    winRate && `wins ${formatInterval(winRate)}`,
    judgeWinRate && `judged ${formatInterval(judgeWinRate)}`,
  ];
  const kl = values['klToBase'] === undefined ? undefined : `KL ${formatNumber(values['klToBase'])} nats`;
  const tokens = values['answerTokens'] === undefined ? undefined : `${formatNumber(values['answerTokens'])} tokens`;
  return [...rates, kl, tokens].filter((part) => part !== undefined).join(', ') || 'nothing measured';
}

import { defineCommand } from '../../command.ts';
import { printable } from '../../drawing/printable.ts';
import { PLACE } from './place.ts';

export const inspectCommand = defineCommand({
  usage: 'inspect <place>',
  summary: 'What a file holds: format, columns, how it was made, some rows',
  positionals: { place: PLACE },
  options: {
    rows: { type: 'number', requiresArg: true, default: 3, describe: 'Rows to show' },
    at: { type: 'number', requiresArg: true, default: 1, describe: 'First row to show, counted from 1' },
    scan: { type: 'number', requiresArg: true, default: 100_000, describe: 'Rows to look at, for columns and formats' },
  },
  examples: [
    ['$0 data inspect pairs.jsonl.gz', 'Columns, formats and the first three rows'],
    ['$0 data inspect round-01/pairs.arrow --at 100 --rows 1', 'Row 100'],
    ['$0 data inspect train.parquet --json', 'The same for a program'],
  ],
  run: async (args, session) => {
    const { inspectRows } = await import('./inspectRows.ts');
    const { checkWhole } = await import('./checkWhole.ts');
    const [rows, at, scan] = [checkWhole('--rows', args.rows, 0), checkWhole('--at', args.at, 1), args.scan];
    const window = { from: at, to: at + rows - 1, scan: Math.max(checkWhole('--scan', scan, 1), at + rows - 1) };
    const inspection = await inspectRows(args.place, window, session);
    if (args.json) session.printJson(inspection);
    else {
      const { inspectionText } = await import('./inspectionText.ts');
      session.print(printable(inspectionText(inspection, session.io.stdout.columns ?? 100)));
    }
    return 0;
  },
});

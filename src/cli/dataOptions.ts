import { countReasons, type RowReport } from '../../datasets/rowReport.ts';

import type { Session } from './command.ts';

/** Options of the commands that read rows of a dataset. */
export const DATA_OPTIONS = {
  'data-adapter': {
    type: 'string',
    requiresArg: true,
    default: 'auto',
    describe: 'Format of the rows, such as preference-text; auto tells each by its fields',
  },
  'skip-bad': {
    type: 'string',
    describe: 'Leave bad rows out, instead of stopping, and write them to this file (no name: <out>.bad.jsonl)',
  },
} as const;

interface DataArguments {
  out: string;
  'data-adapter': string;
  'skip-bad': string | undefined;
}

/** The same as options of readers. */
export function dataOptions(args: DataArguments): { adapter: string; skipBad: string | undefined } {
  const skipBad = args['skip-bad'];
  return { adapter: args['data-adapter'], skipBad: skipBad === '' ? `${args.out}.bad.jsonl` : skipBad };
}

/** Tells on stderr which rows were left out, and where to find them, and which formats are mixed. */
export function noteReport(args: DataArguments, { bad, rows, reasons, warnings }: RowReport, session: Session): void {
  for (const warning of warnings) session.note(warning);
  if (bad === 0) return;
  session.note(`Left out ${bad} of ${rows} rows (${countReasons(reasons)}): ${dataOptions(args).skipBad}`);
}

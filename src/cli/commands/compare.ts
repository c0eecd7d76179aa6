import type { RunComparison } from '../../loop/report/compareRuns.ts';
import type { ComparisonTable } from '../../loop/report/comparisonTables.ts';
import { defineCommand } from '../command.ts';
import { alignColumns } from '../drawing/alignColumns.ts';
import { printable } from '../drawing/printable.ts';
import { refuseExisting } from '../openPolicy.ts';

export const compareCommand = defineCommand({
  usage: 'compare <runs..>',
  summary: 'Set runs side by side: what differs in them, and their figures',
  positionals: {
    runs: { type: 'string', array: true, demandOption: true, describe: 'Folders of two runs or more' },
  },
  options: {
    html: { type: 'string', requiresArg: true, describe: 'Also write a page with their curves over each other' },
  },
  examples: [
    ['$0 compare runs/sppo runs/dpo', 'Options that differ, win rates, KL, length'],
    ['$0 compare runs/* --html compare.html', 'The same with curves'],
  ],
  run: async (args, session) => {
    const { compareRuns } = await import('../../loop/report/compareRuns.ts');
    const { comparisonTables } = await import('../../loop/report/comparisonTables.ts');
    if (args.html !== undefined) await refuseExisting(args.html, '--html');
    const comparison = await compareRuns(args.runs);
    if (args.html !== undefined) {
      const { writeFileAtomic } = await import('../../base/writeFileAtomic.ts');
      const { renderComparison } = await import('../../loop/report/renderComparison.ts');
      await writeFileAtomic(args.html, renderComparison(comparison));
    }
    if (args.json) session.printJson(jsonOf(comparison, args.html));
    else {
      const tables = comparisonTables(comparison).map((table) => tableText(table));
      session.print(printable([...tables, ...(args.html === undefined ? [] : [args.html])].join('\n\n')));
    }
    return 0;
  },
});

function tableText({ title, head, rows }: ComparisonTable): string {
  return `${title}\n${alignColumns([head, ...rows])}`;
}

function jsonOf({ runs, differences }: RunComparison, html?: string) {
  return {
    runs: runs.map(({ name, path, data }) => ({
      name,
      path,
      recipe: data.run['recipe'],
      finished: data.missing.length === 0,
      rounds: data.rounds,
    })),
    differences: differences.map(({ key, values }) => ({ key, values: values.map((value) => value ?? null) })),
    ...(html !== undefined && { html }),
  };
}

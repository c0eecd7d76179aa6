import type { OptionTable, Session } from '../../command.ts';
import type { JudgeArguments } from '../../judges/judgeOptions.ts';
import type { JudgeContext } from '../../judges/openJudge.ts';

/** Options of the commands that judge tables of samples. */
export const SAMPLES_OPTIONS = {
  prompts: { type: 'string', requiresArg: true, demandOption: true, describe: 'The prompts of the samples' },
  store: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder that keeps what was judged: a second run, or one after a stop, asks nothing again',
  },
  seed: { type: 'number', requiresArg: true, default: 1, describe: 'Of the bootstrap and all draws' },
  html: { type: 'string', requiresArg: true, describe: 'Write a page with plots to this file' },
} as const satisfies OptionTable;

/** Works with the judgments that `--store` keeps. */
export async function withJudgments<Result>(
  args: JudgeArguments & { store?: string | undefined },
  session: Session,
  work: (context: JudgeContext) => Promise<Result>,
): Promise<Result> {
  const { createJudgmentStore } = await import('../../../judges/index.ts');
  const store = args.store === undefined ? undefined : await createJudgmentStore(args.store);
  try {
    return await work({ args, session, store });
  } finally {
    await store?.close();
  }
}

/** Rows without what failed, and a warning that counts and names the others. */
export function withoutFailed<Row>(rows: readonly { id: string; row: Row | null }[]): {
  rows: Row[];
  warnings: string[];
} {
  const failed = rows.filter(({ row }) => row === null).map(({ id }) => `"${id}"`);
  const named = failed.slice(0, 3).join(', ');
  return {
    rows: rows.flatMap(({ row }) => (row === null ? [] : [row])),
    warnings:
      failed.length === 0
        ? []
        : [
            `${failed.length} of ${rows.length} prompts have an answer that no verdict was found on, and are left out: ${named}`,
          ],
  };
}

import type { Judge, Judgments } from '../../judges/index.ts';
import type { Session } from '../command.ts';
import type { JudgeArguments } from './judgeOptions.ts';
import { languageModelOptions } from './languageModelOptions.ts';
import { openJudgeFolder } from './openJudgeFolder.ts';

/** What opening a judge needs beside its name. */
export interface JudgeContext {
  args: JudgeArguments;
  session: Session;
  /** Where answers of APIs are kept. */
  store?: Judgments | undefined;
  /** Of MT-Bench's judges: reference answers to all turns by the first question. */
  mtBenchReferences?: ReadonlyMap<string, readonly string[]> | undefined;
}

/**
 * Opens the judge that one text names.
 *
 * @throws {UserError} `judge.unknown`, which lists what there is; and what is wrong with the judge that is named
 */
export async function openJudge(spec: string, context: JudgeContext): Promise<Judge> {
  const judges = await import('../../judges/index.ts');
  const { SHIPPED_JUDGE } = await import('../../world/assetPaths.ts');
  return judges.openJudge(spec, {
    loadFolder: (place) => openJudgeFolder(place, context),
    shipped: SHIPPED_JUDGE,
    references: context.args.references,
    option: '--judge',
    models: languageModelOptions(context),
  });
}

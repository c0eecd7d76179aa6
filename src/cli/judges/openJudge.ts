import { UserError } from '../../base/userError.ts';
import type { Judge, Judgments } from '../../judges/index.ts';
import type { Session } from '../command.ts';
import { TEMPLATES, type JudgeArguments } from './judgeOptions.ts';
import { openJudgeFolder } from './openJudgeFolder.ts';
import { MODEL_KINDS } from './openLanguageModel.ts';
import { openTemplateJudge } from './openTemplateJudge.ts';

/** What opening a judge needs beside its name. */
export interface JudgeContext {
  args: JudgeArguments;
  session: Session;
  /** Where answers of APIs are kept. */
  store?: Judgments | undefined;
}

/** Kinds of judges that only the command line opens. */
const OTHER_KINDS = [
  `openai:<model> or openai/<template>:<model>, behind an API, by a template of ${TEMPLATES.join(', ')}`,
  'policy:<folder> or policy/<template>:<folder>: a language model in a folder or of the Hub, by the same templates',
  'panel:<judge>,<judge>,...: their mean; write \\, for a comma in the name of a member',
];

/**
 * Opens the judge that one text names.
 *
 * @throws {UserError} `judge.unknown`, which lists what there is; and what is wrong with the judge that is named
 */
export async function openJudge(spec: string, context: JudgeContext): Promise<Judge> {
  try {
    return await open(spec, context);
  } catch (error) {
    // What the library calls wrong use of its options is wrong input here.
    if (!(error instanceof RangeError)) throw error;
    const reason = error.message.replace(/^\w+: /, '');
    throw new UserError('judge.options', `--judge "${spec}": ${reason} Correct it.`, { cause: error });
  }
}

async function open(spec: string, context: JudgeContext): Promise<Judge> {
  const [, kind, rest] = /^([^:]*):(.*)$/s.exec(spec) ?? [];
  if (kind === 'panel') return openPanel(rest!, context);
  const [model, named = context.args.template] = kind?.split('/') ?? [];
  const [where, template] = [MODEL_KINDS.find((name) => name === model), TEMPLATES.find((name) => name === named)];
  if (where && template && rest) return openTemplateJudge(template, where, rest, context);
  const judges = await import('../../judges/index.ts');
  const { SHIPPED_JUDGE } = await import('../../world/assetPaths.ts');
  return judges.openJudge(spec, {
    loadFolder: (place) => openJudgeFolder(place, context),
    shipped: SHIPPED_JUDGE,
    references: context.args.references,
    option: '--judge',
    otherKinds: OTHER_KINDS,
  });
}

async function openPanel(list: string, context: JudgeContext): Promise<Judge> {
  const { createPanel } = await import('../../judges/index.ts');
  const members: { judge: Judge }[] = [];
  try {
    for (const spec of list.split(/(?<!\\),/)) {
      members.push({ judge: await openJudge(spec.replaceAll('\\,', ','), context) });
    }
    return createPanel({ members });
  } catch (error) {
    for (const { judge } of members) judge.dispose();
    throw error;
  }
}

import { stat } from 'node:fs/promises';
import { extname } from 'node:path';

import { isHubReference } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { EXTENSIONS } from '../recipe/importUserFile.ts';
import type { Judge } from './judge.ts';
import { TEMPLATES } from './llm/templates.ts';
import { openCheck } from './openCheck.ts';
import { MODEL_KINDS, type LanguageModelOptions } from './openLanguageModel.ts';
import { openTemplateJudge } from './openTemplateJudge.ts';
import { createPanel } from './panel.ts';
import { openVerifier, VERIFIERS, type RightAnswers } from './verifiers/openVerifier.ts';

export interface OpenJudgeOptions extends RightAnswers {
  /** Loads the judge in a folder or of the Hub. */
  loadFolder: (place: string) => Promise<Judge>;
  /** Folder of the judge that is called `default`. */
  shipped: string;
  /** The option that names the judge, for messages. */
  option: string;
  models: LanguageModelOptions;
}

const KINDS = [
  'default: the preference model of the quickstart',
  '<folder> or hub:owner/name@revision: a preference model, PairRM, a reward model or a pair-preference language model',
  `verifier:<check>, a check of ${VERIFIERS.join(', ')}`,
  './check.ts or another file: its default export is a judge, or a function (answer, row) => number | boolean',
  `openai:<model> or openai/<template>:<model>, behind an API, by a template of ${TEMPLATES.join(', ')}`,
  'policy:<folder> or policy/<template>:<folder>: a language model in a folder or of the Hub, by the same templates',
  'panel:<judge>,<judge>,...: their mean; write \\, for a comma in the name of a member',
];

/**
 * Opens the judge that one text names.
 *
 * @throws {UserError} `judge.unknown`, which lists what there is; and what is wrong with the judge that is named
 * @example const judge = await openJudge('verifier:numeric', { column: 'answer', loadFolder, shipped, option: 'judge', models });
 */
export async function openJudge(spec: string, options: OpenJudgeOptions): Promise<Judge> {
  try {
    return await open(spec, options);
  } catch (error) {
    // What the library calls wrong use of its options is wrong input here.
    if (!(error instanceof RangeError)) throw error;
    const reason = error.message.replace(/^\w+: /, '');
    throw new UserError('judge.options', `${options.option} "${spec}": ${reason} Correct it.`, { cause: error });
  }
}

async function open(spec: string, options: OpenJudgeOptions): Promise<Judge> {
  const { loadFolder, shipped, option, models } = options;
  const [, kind = '', rest = ''] = /^([^:]*):(.*)$/s.exec(spec) ?? [];
  if (kind === 'panel') return openPanel(rest, options);
  const [where, named = models.template] = kind.split('/');
  const model = MODEL_KINDS.find((one) => one === where);
  const template = TEMPLATES.find((one) => one === named);
  if (models.references && !(model && template?.startsWith('mt-bench'))) {
    throw new UserError(
      'judge.options',
      `${option} "${spec}": expected a judge that shows reference answers, found another one. Name ` +
        'openai/mt-bench:<model>, openai/mt-bench-single:<model> or policy/... with a folder, or leave the references out.',
    );
  }
  if (spec === 'default') return loadFolder(shipped);
  if (kind === 'verifier') return openVerifier(rest, options, option);
  if (model && template && rest !== '') return openTemplateJudge(template, model, rest, models);
  const found = await stat(spec).catch(() => null);
  if (isHubReference(spec) || found?.isDirectory()) return loadFolder(spec);
  if (EXTENSIONS.includes(extname(spec))) return openCheck(spec);
  throw new UserError(
    'judge.unknown',
    `${option}: expected the name of a judge, found "${spec}"${found ? ', a file' : ''}. There are:\n` +
      KINDS.map((one) => `  ${one}`).join('\n'),
  );
}

async function openPanel(list: string, options: OpenJudgeOptions): Promise<Judge> {
  const members: { judge: Judge }[] = [];
  try {
    for (const spec of list.split(/(?<!\\),/)) {
      members.push({ judge: await openJudge(spec.replaceAll('\\,', ','), options) });
    }
    return createPanel({ members });
  } catch (error) {
    for (const { judge } of members) judge.dispose();
    throw error;
  }
}

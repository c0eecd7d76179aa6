import { stat } from 'node:fs/promises';
import { extname } from 'node:path';

import { isHubReference } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import { EXTENSIONS } from '../recipe/importUserFile.ts';
import type { Judge } from './judge.ts';
import { openCheck } from './openCheck.ts';
import { openVerifier, VERIFIERS, type RightAnswers } from './verifiers/openVerifier.ts';

export interface OpenJudgeOptions extends RightAnswers {
  /** Loads the judge in a folder or of the Hub. */
  loadFolder: (place: string) => Promise<Judge>;
  /** Folder of the judge that is called `default`. */
  shipped: string;
  /** The option that names the judge, for messages. */
  option: string;
  /** Further kinds that the caller opens itself, for messages. */
  otherKinds?: readonly string[];
}

const KINDS = [
  'default: the preference model of the quickstart',
  '<folder> or hub:owner/name@revision: a preference model, PairRM, a reward model or a pair-preference language model',
  `verifier:<check>, a check of ${VERIFIERS.join(', ')}`,
  './check.ts or another file: its default export is a judge, or a function (answer, row) => number | boolean',
];

/**
 * Opens the judge that one text names.
 *
 * @throws {UserError} `judge.unknown`, which lists what there is; and what is wrong with the judge that is named
 * @example const judge = await openJudge('verifier:numeric', { column: 'answer', loadFolder, shipped, option: 'judge' });
 */
export async function openJudge(spec: string, options: OpenJudgeOptions): Promise<Judge> {
  const { loadFolder, shipped, option, otherKinds = [] } = options;
  try {
    if (spec === 'default') return await loadFolder(shipped);
    if (spec.startsWith('verifier:')) return await openVerifier(spec.slice('verifier:'.length), options, option);
    const found = await stat(spec).catch(() => null);
    if (isHubReference(spec) || found?.isDirectory()) return await loadFolder(spec);
    if (EXTENSIONS.includes(extname(spec))) return await openCheck(spec);
    throw new UserError(
      'judge.unknown',
      `${option}: expected the name of a judge, found "${spec}"${found ? ', a file' : ''}. There are:\n` +
        [...KINDS, ...otherKinds].map((kind) => `  ${kind}`).join('\n'),
    );
  } catch (error) {
    // What the library calls wrong use of its options is wrong input here.
    if (!(error instanceof RangeError)) throw error;
    const reason = error.message.replace(/^\w+: /, '');
    throw new UserError('judge.options', `${option} "${spec}": ${reason} Correct it.`, { cause: error });
  }
}

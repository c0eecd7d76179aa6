import { didYouMean } from '../../src/base/closest.ts';
import { UserError } from '../../src/base/userError.ts';
import type { Adapter, RawRow } from './adapter.ts';
import { alpaca } from './alpaca.ts';
import { alpacaEval } from './alpacaEval.ts';
import { alpacaEvalAnnotations } from './alpacaEvalAnnotations.ts';
import { arena } from './arena.ts';
import { helpSteer } from './helpSteer.ts';
import { nectar } from './nectar.ts';
import { openAiPreference } from './openAiPreference.ts';
import { orca } from './orca.ts';
import { preferenceImplicit } from './preferenceImplicit.ts';
import { questionAnswer } from './questionAnswer.ts';
import { shp } from './shp.ts';
import { chatMessages } from './chatMessages.ts';
import { hhTranscript } from './hhTranscript.ts';
import { kto } from './kto.ts';
import { languageModeling } from './languageModeling.ts';
import { compileMapping, type RowMapping } from './mapping.ts';
import { preferenceMessages } from './preferenceMessages.ts';
import { preferenceText } from './preferenceText.ts';
import { promptCompletion } from './promptCompletion.ts';
import { promptOnly } from './promptOnly.ts';
import { rewardBench } from './rewardBench.ts';
import { RowFault } from './rowFault.ts';
import { shareGpt } from './shareGpt.ts';
import { spin } from './spin.ts';
import { ultraFeedback } from './ultraFeedback.ts';
import { ultraFeedbackBinarized } from './ultraFeedbackBinarized.ts';

/**
 * All formats in the order of detection: the first that matches a row reads it. Formats with a field of their own come before
 * those that share their other fields, pairs before single answers, and answers before prompts alone.
 */
export const ADAPTERS: readonly Adapter[] = [
  rewardBench,
  openAiPreference,
  arena,
  helpSteer,
  shp,
  nectar,
  ultraFeedbackBinarized,
  hhTranscript,
  preferenceMessages,
  orca,
  preferenceImplicit,
  preferenceText,
  spin,
  ultraFeedback,
  alpacaEvalAnnotations,
  alpacaEval,
  kto,
  promptCompletion,
  questionAnswer,
  shareGpt,
  chatMessages,
  alpaca,
  promptOnly,
  languageModeling,
];

/** `auto`, the name of an adapter, or a mapping of one's own. */
export type AdapterChoice = string | RowMapping;

/** What rows are read as. */
export type Capability = 'toPairs' | 'toPrompt' | 'toResponses';

/** A row under the names that formats use, and its format; or what is wrong with it. */
export type Recognized = { row: RawRow; adapter: Adapter | undefined } | RowFault;

/**
 * Tells the format of each row by itself, so that a file may mix formats. A mapping makes the row anew first; a name settles
 * the format. Without a match the adapter is undefined.
 *
 * @throws {UserError} for an unknown name, one that cannot be read as what is wanted, and a faulty mapping
 */
export function rowRecognizer(choice: AdapterChoice, wanted: Capability): (row: RawRow) => Recognized {
  const able = ADAPTERS.filter((adapter) => adapter[wanted]);
  if (typeof choice === 'string' && choice !== 'auto') {
    const adapter = named(choice, able);
    return (row) => ({ row, adapter });
  }
  const detect = (row: RawRow): Adapter | undefined => able.find(({ matches }) => matches(row));
  if (typeof choice === 'string') return (row) => ({ row, adapter: detect(row) });
  const map = compileMapping(choice);
  return (given) => {
    const row = map(given);
    return row instanceof RowFault ? row : { row, adapter: detect(row) };
  };
}

function named(name: string, able: readonly Adapter[]): Adapter {
  const adapter = able.find((one) => one.name === name);
  if (adapter) return adapter;
  const names = able.map((one) => one.name);
  const found = ADAPTERS.some((one) => one.name === name) ? `"${name}", which holds none of these` : `"${name}"`;
  throw new UserError(
    'adapter.unknown',
    `adapter: expected auto, ${names.join(', ')} or a mapping, found ${found}.${didYouMean(name, names)}`,
  );
}

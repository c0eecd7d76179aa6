import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import type { ModelOutputs } from '../../../../bench/index.ts';
import { makeFolder } from '../../../base/makeFolder.ts';
import { outputFault } from '../../../base/outputFault.ts';
import { UserError } from '../../../base/userError.ts';
import { writeFileAtomic } from '../../../base/writeFileAtomic.ts';
import type { Session } from '../../command.ts';
import { drawAnswers } from '../../drawAnswers.ts';
import { withPolicy, type SamplingArguments } from './samplingOptions.ts';

export interface DrawnOutputsArguments extends SamplingArguments {
  /** Of the model; without one, what its folder or place on the Hub is called. */
  name?: string | undefined;
  out: string;
  /** Answers this many instructions, the first ones. Default: all. */
  first?: number | undefined;
}

export interface DrawnOutputs {
  /** The model_outputs.json. */
  path: string;
  /** What is odd about the answers, each with a count. */
  warnings: string[];
}

/**
 * Where `--policy` is given, draws an answer to each instruction of a reference, and writes them as AlpacaEval does: without
 * the white space around them, with the instruction, its dataset and the name of the model. Goes on where the table
 * samples.arrow beside them is begun. Instructions that leave no room for an answer get none.
 *
 * @throws {UserError} when the folder holds other outputs, when model and reference have one name, and as drawAnswers
 */
export async function drawOutputs(
  reference: ModelOutputs,
  args: DrawnOutputsArguments,
  session: Session,
): Promise<DrawnOutputs | undefined> {
  if (args.policy === undefined) return undefined;
  const generator = args.name ?? nameOf(args.policy, args.adapter);
  const [path, table] = [join(args.out, 'model_outputs.json'), join(args.out, 'samples.arrow')];
  refuseSameName(generator, reference);
  refuseOtherOutputs(path, table);
  await makeFolder(args.out).catch((error: unknown) => {
    throw outputFault(error, args.out);
  });
  return withPolicy(args, session, async (open, { format, ...sampling }) => {
    const { tokenizePrompts } = await import('../../../../datasets/index.ts');
    const { maxNewTokens } = sampling;
    const { contextLength } = open.policy.config;
    const instructions = reference.rows.slice(0, args.first).map(({ instruction, dataset }, at) => {
      return { id: `instruction ${at + 1}`, instruction, ...(dataset === undefined ? {} : { dataset }) };
    });
    const prompts = instructions.map(({ id, instruction }) => {
      return { id, source: reference.generator, messages: [{ role: 'user' as const, content: instruction }] };
    });
    const { kept, dropped } = tokenizePrompts(open.tokenizer, prompts, {
      contextLength,
      maxNewTokens,
      longPrompts: 'drop',
      format,
      optionNames: { maxNewTokens: '--max-new-tokens' },
    });
    const asked = kept.map(({ prompt: { id }, tokenIds }) => {
      return { key: id, tokenIds, rows: [{ id: `${id}/0`, prompt_id: id, k: 0 }] };
    });
    const drawing = { ...sampling, path: table, option: '--out', what: 'Outputs' };
    const rows = await drawAnswers(asked, open, drawing, session);
    const answers = new Map(rows.map(({ prompt_id, text }) => [prompt_id, text.trim()]));
    const outputs = instructions.flatMap(({ id, ...row }) => {
      const output = answers.get(id);
      return output === undefined ? [] : [{ ...row, output, generator }];
    });
    await writeFileAtomic(path, `${JSON.stringify(outputs, null, 2)}\n`);
    const noRoom = `leave no room for an answer of ${maxNewTokens} tokens in a context of ${contextLength}`;
    const warnings = [
      ...counted(dropped.length, prompts.length, `instructions ${noRoom}, and get none`),
      ...counted(
        rows.filter(({ finish_reason }) => finish_reason === 'length').length,
        rows.length,
        `outputs are cut off at ${maxNewTokens} tokens (--max-new-tokens)`,
      ),
      ...counted(outputs.filter(({ output }) => output === '').length, rows.length, 'outputs are empty, and judged so'),
    ];
    return { path, warnings };
  });
}

function counted(count: number, total: number, what: string): string[] {
  return count === 0 ? [] : [`${count} of ${total} ${what}`];
}

/** What a policy is called, with its adapter. */
function nameOf(...places: readonly (string | undefined)[]): string {
  return places
    .flatMap((place) => (place === undefined ? [] : [/^hub:(.*)$/s.exec(place)?.[1] ?? basename(resolve(place))]))
    .join('+');
}

/** Figures of a model against itself are no figures: length control gives it 50 unseen. */
function refuseSameName(generator: string, reference: ModelOutputs): void {
  if (generator !== reference.generator) return;
  throw new UserError(
    'outputs.sameName',
    `--policy: expected another name than that of --reference, found "${generator}" for both. Give --name.`,
  );
}

/** Outputs without the table that they were made of are someone's own. */
function refuseOtherOutputs(path: string, table: string): void {
  if (!existsSync(path) || existsSync(table)) return;
  throw new UserError(
    'output.exists',
    `--out: expected no outputs but those drawn here before, found "${path}". ` +
      'Name another folder, judge them by --outputs, or remove the file.',
  );
}

import { stat } from 'node:fs/promises';

import type { ResolveHubOptions, Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';
import type { Policy } from '../models/index.ts';
import type { OptionTable, Session } from './command.ts';
import { parseDevice, parseThreads } from './engineOptions.ts';

/** Options of every command that runs a policy. */
export const POLICY_OPTIONS = {
  policy: {
    type: 'string',
    requiresArg: true,
    demandOption: true,
    describe: 'Model folder in Hugging Face layout, or hub:owner/name@revision',
  },
  adapter: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder of a LoRA adapter in PEFT layout, put on the policy',
  },
  tokenizer: {
    type: 'string',
    requiresArg: true,
    describe: 'Folder with another tokenizer',
    defaultDescription: "the policy's",
  },
  precision: {
    choices: ['auto', 'fp32', 'bf16'] as const,
    default: 'auto' as const,
    describe: 'Of matrix products; auto: what is faster on this machine',
  },
  device: { type: 'string', requiresArg: true, default: 'auto', describe: 'auto, cpu, gpu or gpu:<number>' },
  threads: { type: 'number', requiresArg: true, describe: 'Threads of one operation', defaultDescription: 'all' },
} as const satisfies OptionTable;

export interface PolicyArguments {
  policy: string;
  adapter?: string | undefined;
  tokenizer?: string | undefined;
  precision: 'auto' | 'fp32' | 'bf16';
  device: string;
  threads?: number | undefined;
}

export interface OpenPolicy {
  policy: Policy;
  tokenizer: Tokenizer;
  /** Identifies the weights, the adapter's included. */
  hash: string;
}

/** Starts the engine and loads what the options name; models of the Hub are fetched first. */
export async function openPolicy(args: PolicyArguments, session: Session): Promise<OpenPolicy> {
  const device = parseDevice(args.device);
  const threads = parseThreads(args.threads);
  const { loadTokenizer, localFolder } = await import('../../datasets/index.ts');
  const { startEngine } = await import('../engine/index.ts');
  const { hashWeights, loadAdapter, loadPolicy } = await import('../models/index.ts');
  const fetching: ResolveHubOptions = {
    signal: session.io.interruptSignal(),
    onMessage: session.note,
    onProgress: ({ file, receivedBytes, totalBytes }) => {
      session.status.update(`Fetching ${file}: ${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB`);
    },
  };
  const folder = await localFolder(args.policy, fetching);
  const tokenizer = await loadTokenizer(args.tokenizer ?? folder);
  await startEngine({ device, ...(threads === undefined ? {} : { threads }), onNotice: session.note });
  session.status.update('Loading the policy ...');
  const base = await loadPolicy(folder, { frozen: true });
  if (tokenizer.vocabSize > base.config.vocabSize) {
    base.dispose();
    throw new UserError(
      'model.vocabulary',
      `${folder}: the model has ${base.config.vocabSize} tokens and the tokenizer in ${tokenizer.folder} ` +
        `${tokenizer.vocabSize}. Use the tokenizer that belongs to the model.`,
    );
  }
  const hash = await hashWeights(folder);
  if (args.adapter === undefined) return { policy: base, tokenizer, hash };
  const adapter = await localFolder(args.adapter, fetching);
  const policy = await loadAdapter(base, adapter);
  return { policy, tokenizer, hash: `${hash}+${await hashWeights(`${adapter}/adapter_model.safetensors`)}` };
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(0);
}

/** Refuses to write over a file. */
export async function refuseExisting(path: string, option = '--out'): Promise<void> {
  if ((await stat(path).catch(() => null)) === null) return;
  throw new UserError('output.exists', `${option}: "${path}" exists. Remove it, or name another file.`);
}

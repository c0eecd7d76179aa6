import { UserError } from '../../base/userError.ts';
import type { ApiClientOptions, ChatModel } from '../../judges/index.ts';
import { openPolicy } from '../openPolicy.ts';
import type { JudgeArguments } from './judgeOptions.ts';
import type { JudgeContext } from './openJudge.ts';

/** Where a language model is: behind an API, or in a folder. */
export const MODEL_KINDS = ['openai', 'policy'] as const;

export type ModelKind = (typeof MODEL_KINDS)[number];

export interface LanguageModel {
  model: ChatModel;
  /** How many of the likeliest tokens it tells cheaply; undefined where the API has its own limits. */
  topLogProbs?: number;
  dispose: () => void;
}

/**
 * A language model to ask: `name` is a model of the API of `--base-url`, or a policy's folder or place on the Hub.
 *
 * @throws {UserError} what is wrong with it, in the names of the command line
 */
export async function openLanguageModel(kind: ModelKind, name: string, context: JudgeContext): Promise<LanguageModel> {
  const { createApiClient, createPolicyChat } = await import('../../judges/index.ts');
  if (kind === 'openai') return { model: createApiClient(clientOptions(name, context)), dispose: () => {} };
  const { args, session } = context;
  const { policy, tokenizer, hash } = await openPolicy({ ...args, policy: name, precision: 'auto' }, session);
  const chat = createPolicyChat({ policy, tokenizer, id: `policy:${hash}` });
  return {
    model: chat,
    topLogProbs: policy.config.vocabSize,
    dispose: () => {
      chat.dispose();
      policy.dispose();
    },
  };
}

function clientOptions(model: string, { args, store }: JudgeContext): ApiClientOptions {
  const prices = pricesOf(args);
  const { 'base-url': baseURL, concurrency } = args;
  return {
    model,
    concurrency,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(store ? { store } : {}),
    ...(prices ? { prices } : {}),
    optionNames: {
      model: 'the model behind "openai:"',
      baseURL: '--base-url',
      apiKey: 'OPENAI_API_KEY',
      concurrency: '--concurrency',
      temperature: '--temperature',
    },
  };
}

function pricesOf({ 'price-in': input, 'price-out': output }: JudgeArguments): ApiClientOptions['prices'] {
  if (input === undefined && output === undefined) return undefined;
  if (input === undefined || output === undefined) {
    throw new UserError('cli.usage', '--price-in and --price-out: expected both, got one. Give both, or none.');
  }
  if (!(input >= 0 && output >= 0 && input + output < Infinity)) {
    throw new UserError(
      'cli.usage',
      `--price-in and --price-out: expected dollars per million tokens, 0 or more, got ${input} and ${output}.`,
    );
  }
  return { promptToken: input / 1e6, completionToken: output / 1e6 };
}

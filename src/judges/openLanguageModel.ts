import type { Tokenizer } from '../../datasets/index.ts';
import type { Policy } from '../models/index.ts';
import type { Judgments } from './judgmentStore.ts';
import { createApiClient, type ApiClientOptions } from './llm/apiClient.ts';
import type { ChatModel } from './llm/chatModel.ts';
import { createPolicyChat } from './llm/policyChat.ts';
import type { Template } from './llm/templates.ts';

/** Where a language model is: behind an API, or in a folder. */
export const MODEL_KINDS = ['openai', 'policy'] as const;

export type ModelKind = (typeof MODEL_KINDS)[number];

/** How language models that judge are reached and asked. */
export interface LanguageModelOptions {
  /** Loads the policy in a folder or of the Hub; `hash` names its weights. */
  loadPolicy: (place: string) => Promise<{ policy: Policy; tokenizer: Tokenizer; hash: string }>;
  /** Of judges that name none. */
  template: Template;
  /** Default: `OPENAI_BASE_URL`, else OpenAI's own. */
  baseURL?: string | undefined;
  /** Questions under way at once at an API. */
  concurrency: number;
  /** Default: the template's. */
  temperature?: number | undefined;
  /** Of an answer. Default: the template's. */
  maxTokens?: number | undefined;
  /** JSON file with the criteria of the rubric. */
  criteria?: string | undefined;
  /** Of MT-Bench: reference answers to all turns by the first question; no other judge opens with them. */
  references?: ReadonlyMap<string, readonly string[]> | undefined;
  prices?: ApiClientOptions['prices'];
  /** Called by each model behind an API: where its answers are kept. */
  store?: (() => Judgments) | undefined;
  /** What errors call these options. */
  optionNames: Readonly<Record<'template' | 'baseURL' | 'concurrency' | 'temperature' | 'criteria', string>>;
}

export interface LanguageModel {
  model: ChatModel;
  /** How many of the likeliest tokens it tells cheaply; undefined where the API has its own limits. */
  topLogProbs?: number;
  dispose: () => void;
}

/**
 * A language model to ask: `name` is a model of the API, or a policy's folder or place on the Hub.
 *
 * @throws {UserError} what is wrong with it, in the names that the user knows
 */
export async function openLanguageModel(
  kind: ModelKind,
  name: string,
  options: LanguageModelOptions,
): Promise<LanguageModel> {
  if (kind === 'openai') return { model: createApiClient(clientOptions(name, options)), dispose: () => {} };
  const { policy, tokenizer, hash } = await options.loadPolicy(name);
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

function clientOptions(model: string, options: LanguageModelOptions): ApiClientOptions {
  const { baseURL, concurrency, prices, optionNames } = options;
  const store = options.store?.();
  return {
    model,
    concurrency,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...(store ? { store } : {}),
    ...(prices ? { prices } : {}),
    optionNames: {
      model: 'the model behind "openai:"',
      baseURL: optionNames.baseURL,
      apiKey: 'OPENAI_API_KEY',
      concurrency: optionNames.concurrency,
      temperature: optionNames.temperature,
    },
  };
}

import { UserError } from '../base/userError.ts';

const OPENAI_URL = 'https://api.openai.com/v1';

/** How a model behind an OpenAI-compatible API is reached. */
export interface ApiOptions {
  model: string;
  /** Where the API is, `/v1` included. Default: `OPENAI_BASE_URL`, else OpenAI's own. */
  baseURL?: string;
  /** Default: `OPENAI_API_KEY`. Servers other than OpenAI's need none unless they say so. */
  apiKey?: string;
  /** What the model is called in tables and caches. Default: the model's name. */
  id?: string;
  /** Questions under way at once. Default 8. */
  concurrency?: number;
  /** How often a question is sent before it counts as failed. Default 6. */
  attempts?: number;
  /** For one attempt, its whole answer included. Default 120,000. */
  timeoutMs?: number;
  /** Pause after the first failure, doubled with each further one, and half of it random. Default 500. */
  firstPauseMs?: number;
  /** No pause is longer, whatever the server asks for. Default 60,000. */
  longestPauseMs?: number;
  /** US dollars per token, to add up costs. */
  prices?: { promptToken: number; completionToken: number };
  /** Seeds the random part of pauses, and the answers themselves where the server heeds `seed`. Default 0. */
  seed?: number;
  /** What errors call these options, where the user knows them by other names. */
  optionNames?: Partial<OptionNames>;
}

/** Options that errors name. */
export type OptionNames = Record<'model' | 'baseURL' | 'apiKey' | 'concurrency' | 'temperature', string>;

const OPTION_NAMES: OptionNames = {
  model: 'model',
  baseURL: 'baseURL',
  apiKey: 'OPENAI_API_KEY, or the option apiKey,',
  concurrency: 'concurrency',
  temperature: 'the temperature of the judge',
};

/** With defaults filled in. */
export type ResolvedApiOptions = Required<Omit<ApiOptions, 'prices' | 'optionNames'>> &
  Pick<ApiOptions, 'prices'> & { optionNames: OptionNames };

/**
 * Fills in defaults and the environment.
 *
 * @throws {UserError} naming everything that is wrong
 */
export function resolveApiOptions(options: ApiOptions): ResolvedApiOptions {
  const baseURL = options.baseURL ?? (process.env['OPENAI_BASE_URL'] || OPENAI_URL);
  const key = options.apiKey ?? process.env['OPENAI_API_KEY'] ?? '';
  const resolved = {
    concurrency: 8,
    attempts: 6,
    timeoutMs: 120_000,
    firstPauseMs: 500,
    longestPauseMs: 60_000,
    seed: 0,
    id: options.model,
    ...options,
    baseURL,
    // The client insists on one, and local servers ignore it.
    apiKey: key === '' ? 'none' : key,
    optionNames: { ...OPTION_NAMES, ...options.optionNames },
  };
  const problems = [...optionProblems(resolved), ...addressProblems(baseURL, key, resolved.optionNames)];
  if (problems.length > 0) throw new UserError('api.options', problems.join(' '));
  return resolved;
}

function optionProblems(options: ResolvedApiOptions): string[] {
  const problems: string[] = [];
  const { optionNames } = options;
  if (options.model === '') problems.push(`${optionNames.model} must be the name of a model, found "".`);
  for (const name of ['concurrency', 'attempts'] as const) {
    const value = options[name];
    const called = name === 'concurrency' ? optionNames.concurrency : name;
    if (!Number.isInteger(value) || value < 1) problems.push(`${called} must be a positive integer, found ${value}.`);
  }
  for (const name of ['timeoutMs', 'firstPauseMs', 'longestPauseMs'] as const) {
    const value = options[name];
    if (!(value > 0 && value < 2 ** 31)) problems.push(`${name} must be milliseconds above 0, found ${value}.`);
  }
  for (const [name, value] of Object.entries(options.prices ?? {})) {
    if (!(value >= 0 && value < Infinity)) {
      problems.push(`prices.${name} must be dollars per token, 0 or more, found ${value}.`);
    }
  }
  return problems;
}

function addressProblems(baseURL: string, key: string, names: OptionNames): string[] {
  if (!URL.canParse(baseURL) || !/^https?:$/.test(new URL(baseURL).protocol)) {
    return [`${names.baseURL} must be an address such as http://localhost:8000/v1, found "${baseURL}".`];
  }
  if (new URL(baseURL).hostname !== 'api.openai.com' || key !== '') return [];
  return [`api.openai.com needs a key: set ${names.apiKey} to one. For a local server, set ${names.baseURL}.`];
}

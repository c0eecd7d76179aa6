import { UserError } from '../../base/userError.ts';
import type { ApiClientOptions, LanguageModelOptions } from '../../judges/index.ts';
import { checkWhole } from '../commands/data/checkWhole.ts';
import { openPolicy } from '../openPolicy.ts';
import type { JudgeArguments } from './judgeOptions.ts';
import type { JudgeContext } from './openJudge.ts';

/**
 * How language models that judge are asked, as the command line says.
 *
 * @throws {UserError} for options that cannot be
 */
export function languageModelOptions({ args, session, store, mtBenchReferences }: JudgeContext): LanguageModelOptions {
  const { temperature, 'max-tokens': maxTokens, device, threads } = args;
  if (temperature !== undefined && !(temperature >= 0 && temperature < Infinity)) {
    throw new UserError('cli.usage', `--temperature: expected a number of at least 0, got ${temperature}.`);
  }
  return {
    // No more of the options: adapter and tokenizer are those of a policy that draws answers.
    loadPolicy: (policy) => openPolicy({ policy, device, threads, precision: 'auto' }, session),
    template: args.template,
    baseURL: args['base-url'],
    concurrency: args.concurrency,
    temperature,
    maxTokens: maxTokens === undefined ? undefined : checkWhole('--max-tokens', maxTokens, 1),
    criteria: args.criteria,
    references: mtBenchReferences,
    prices: pricesOf(args),
    store: store && (() => store),
    optionNames: {
      template: '--template',
      baseURL: '--base-url',
      concurrency: '--concurrency',
      temperature: '--temperature',
      criteria: '--criteria',
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

import type { DroppedPrompt, SampleRow, TokenizedPrompts, Tokenizer } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import type { GenerateOptions, GeneratedResponse, Sampler } from '../../sampling/index.ts';
import { defineCommand, type Session } from '../command.ts';
import { DATA_OPTIONS, dataOptions, noteReport } from '../dataOptions.ts';
import { openPolicy, POLICY_OPTIONS, refuseExisting } from '../openPolicy.ts';

const DEFAULT_NEW_TOKENS = 256;

/** Prompts whose answers are shown. */
const SHOWN = 3;

export const sampleCommand = defineCommand({
  usage: 'sample',
  summary: 'Draw answers from a policy into an Arrow table',
  positionals: {},
  options: {
    ...POLICY_OPTIONS,
    prompts: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'JSON Lines, JSON or Arrow file of prompts, also gzipped',
    },
    samples: { type: 'number', alias: 'k', requiresArg: true, default: 1, describe: 'Answers to each prompt' },
    out: { type: 'string', requiresArg: true, default: 'samples.arrow', describe: 'File to write' },
    limit: { type: 'number', requiresArg: true, describe: 'Take the first prompts only' },
    format: {
      choices: ['auto', 'chat', 'transcript'] as const,
      default: 'auto' as const,
      describe: 'How prompts are written: chat template, or Human/Assistant transcript',
    },
    'long-prompts': {
      choices: ['drop', 'truncate-left', 'error'] as const,
      default: 'drop' as const,
      describe: 'What to do with prompts that leave no room for an answer',
    },
    'max-new-tokens': {
      type: 'number',
      requiresArg: true,
      describe: 'Longest answer, in tokens',
      defaultDescription: '256, or half of the context',
    },
    temperature: {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: '1: the policy itself; 0: most likely token',
    },
    'top-k': {
      type: 'number',
      requiresArg: true,
      describe: 'Draw from the k most likely tokens',
      defaultDescription: 'all',
    },
    'top-p': {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'Draw from the most likely tokens with this mass',
    },
    'min-p': {
      type: 'number',
      requiresArg: true,
      default: 0,
      describe: 'Least probability, as a share of the largest',
    },
    'repetition-penalty': {
      type: 'number',
      requiresArg: true,
      default: 1,
      describe: 'Above 1: tokens said before are less likely',
    },
    stop: { type: 'string', array: true, nargs: 1, describe: 'Text that ends an answer; may be repeated' },
    ...DATA_OPTIONS,
    'batch-size': { type: 'number', requiresArg: true, default: 64, describe: 'Answers decoded together' },
    seed: { type: 'number', requiresArg: true, default: 1, describe: 'Seed of all draws' },
  },
  examples: [
    ['$0 sample --policy ./my-model --prompts prompts.jsonl -k 4', 'Four answers to each prompt'],
    ['$0 sample --policy hub:owner/name --prompts p.jsonl --temperature 0.7 --top-p 0.9', 'A model of the Hub'],
    ['$0 sample --policy ./base --adapter ./lora --prompts p.jsonl --limit 10 --json', 'With a LoRA adapter'],
  ],
  run: async (args, session) => {
    await refuseExisting(args.out);
    const { promptFormat, readPrompts, tokenizePrompts, writeArrowFile } = await import('../../../datasets/index.ts');
    const { choosePrecision } = await import('../../engine/index.ts');
    const { checkMemory, formatMemoryPlan, planMemory } = await import('../../models/index.ts');
    const { cacheLength, createSampler, describeSampling, rowsFor } = await import('../../sampling/index.ts');
    const prompts = await readPrompts(args.prompts, {
      limit: args.limit,
      ...dataOptions(args),
      onReport: (report) => noteReport(args, report, session),
    });
    const format = args.format === 'auto' ? await promptFormat(args.prompts, args['data-adapter']) : args.format;
    const { policy, tokenizer, hash } = await openPolicy(args, session);
    const { contextLength } = policy.config;
    const maxNewTokens = args['max-new-tokens'] ?? Math.min(DEFAULT_NEW_TOKENS, contextLength >> 1);
    const longPrompts = args['long-prompts'];
    const optionNames = { maxNewTokens: '--max-new-tokens', longPrompts: '--long-prompts' };
    const room = { contextLength, maxNewTokens, longPrompts, optionNames };
    const tokenized = tokenizePrompts(tokenizer, prompts, { ...room, format });
    if (tokenized.dropped.length > 0) session.note(describeDropped(tokenized.dropped, prompts.length));

    const rows = rowsFor(tokenized.kept.length * args.samples, args['batch-size']);
    const longest = tokenized.kept.reduce((most, { tokenIds }) => Math.max(most, tokenIds.length), 0);
    const generation = { rows, length: cacheLength(longest + maxNewTokens, rows), option: '--batch-size' };
    const plan = planMemory({ config: policy.config, generation });
    session.note(formatMemoryPlan(plan));
    await checkMemory(plan);

    const sampler = createSampler(policy);
    const began = performance.now();
    const options: GenerateOptions = {
      samples: args.samples,
      maxNewTokens,
      temperature: args.temperature,
      ...(args['top-k'] === undefined ? {} : { topK: args['top-k'] }),
      topP: args['top-p'],
      minP: args['min-p'],
      repetitionPenalty: args['repetition-penalty'],
      stopStrings: args.stop ?? [],
      decode: (ids) => tokenizer.decode(ids, { skipSpecialTokens: true }),
      seed: args.seed,
      endToken: tokenizer.eosTokenId ?? -1,
      padToken: tokenizer.padTokenId ?? 0,
      batchSize: args['batch-size'],
      bf16: choosePrecision(args.precision) === 'bf16',
      signal: session.io.interruptSignal(),
      onProgress: (done, total) => session.status.update(`Sampled ${done} of ${total} answers`),
    };
    const responses = await generate(sampler, tokenized, options);
    const seconds = (performance.now() - began) / 1000;
    const table = rowsOf(tokenized, responses, tokenizer, hash, {
      sampler: describeSampling(options),
      samples: args.samples,
    });
    await writeArrowFile(args.out, 'samples', table);
    sampler.dispose();
    policy.dispose();
    report(table, tokenized, seconds, args, session);
    return 0;
  },
});

/** What the library calls wrong use of its options is wrong input here. */
async function generate(
  sampler: Sampler,
  { kept }: TokenizedPrompts,
  options: GenerateOptions,
): Promise<GeneratedResponse[]> {
  try {
    return await sampler.generate(
      kept.map(({ prompt, tokenIds }) => ({ key: prompt.id, promptTokens: tokenIds })),
      options,
    );
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UserError('cli.usage', `${error.message.replace(/^generate: /, '')} Correct the options.`, {
      cause: error,
    });
  }
}

function rowsOf(
  { kept }: TokenizedPrompts,
  responses: readonly GeneratedResponse[],
  tokenizer: Tokenizer,
  hash: string,
  { sampler, samples }: { sampler: string; samples: number },
): SampleRow[] {
  return responses.map(({ tokenIds, tokenLogProbs, finishReason }, i) => {
    const { prompt, tokenIds: promptIds } = kept[Math.floor(i / samples)]!;
    const k = i % samples;
    return {
      id: `${prompt.id}/${k}`,
      prompt_id: prompt.id,
      k,
      text: tokenizer.decode(tokenIds, { skipSpecialTokens: true }),
      prompt_token_ids: [...promptIds],
      token_ids: tokenIds,
      token_logps: tokenLogProbs,
      finish_reason: finishReason,
      policy_hash: hash,
      sampler,
    };
  });
}

function describeDropped(dropped: readonly DroppedPrompt[], total: number): string {
  const named = dropped.slice(0, 10).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
  const more = dropped.length > named.length ? `, and ${dropped.length - named.length} more` : '';
  return `Dropped ${dropped.length} of ${total} prompts that leave no room for an answer: ${named.join(', ')}${more}.`;
}

function report(
  table: readonly SampleRow[],
  { kept, dropped }: TokenizedPrompts,
  seconds: number,
  args: { out: string; json: boolean; samples: number },
  session: Session,
): void {
  session.status.clear();
  const tokens = table.reduce((sum, { token_ids }) => sum + token_ids.length, 0);
  const finished = table.filter(({ finish_reason }) => finish_reason === 'stop').length;
  const summary = {
    out: args.out,
    prompts: kept.length,
    samples: table.length,
    dropped: dropped.map(({ id }) => id),
    answerTokens: tokens / table.length,
    finished: finished / table.length,
    tokensPerSecond: tokens / seconds,
  };
  if (args.json) {
    session.printJson(summary);
    return;
  }
  for (const { prompt } of kept.slice(0, SHOWN)) {
    session.print(`\nprompt    ${prompt.messages.at(-1)!.content}`);
    for (const { text } of table.filter(({ prompt_id }) => prompt_id === prompt.id)) session.print(`  answer  ${text}`);
  }
  session.print(
    `\n${table.length} answers to ${kept.length} prompts, ${summary.answerTokens.toFixed(1)} tokens each, ` +
      `${(100 * summary.finished).toFixed(0)}% ended by themselves, ${summary.tokensPerSecond.toFixed(0)} tokens/s\n${args.out}`,
  );
}

import type { LogpRow, TokenizedPair } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { defineCommand } from '../command.ts';
import { DATA_OPTIONS, dataOptions, noteReport } from '../dataOptions.ts';
import { openPolicy, POLICY_OPTIONS, refuseExisting } from '../openPolicy.ts';

/** Dropped pairs that are named. */
const NAMED = 5;

export const logpsCommand = defineCommand({
  usage: 'logps',
  summary: 'Log-probabilities of both answers of preference pairs under a policy',
  positionals: {},
  options: {
    ...POLICY_OPTIONS,
    pairs: {
      type: 'string',
      requiresArg: true,
      demandOption: true,
      describe: 'JSON Lines, JSON or Arrow file of pairs with chosen and rejected, also gzipped',
    },
    out: { type: 'string', requiresArg: true, default: 'logps.arrow', describe: 'File to write' },
    limit: { type: 'number', requiresArg: true, describe: 'Take the first rows only' },
    format: {
      choices: ['auto', 'chat', 'transcript'] as const,
      default: 'auto' as const,
      describe: 'How pairs are written: chat template, or Human/Assistant transcript',
    },
    'long-pairs': {
      choices: ['drop', 'error', 'keep-start', 'keep-end'] as const,
      default: 'drop' as const,
      describe: 'What to do with pairs that exceed the context; keep-start cuts answers, keep-end prompts',
    },
    ...DATA_OPTIONS,
    'batch-size': {
      type: 'number',
      requiresArg: true,
      default: 16,
      describe: 'Most rows of packed sequences scored together; long rows are fewer (4096 tokens)',
    },
  },
  examples: [
    ['$0 logps --policy ./my-model --pairs pairs.jsonl', 'Reference log-probabilities for training'],
    ['$0 logps --policy ./base --adapter ./lora --pairs hh.jsonl.gz --skip-bad --json', 'Real data with faults'],
  ],
  run: async (args, session) => {
    await refuseExisting(args.out);
    const batchSize = args['batch-size'];
    if (!(Number.isSafeInteger(batchSize) && batchSize > 0)) {
      throw new UserError('cli.usage', `--batch-size: expected a whole number above 0, got ${batchSize}.`);
    }
    const { promptFormat, readPairs, sequenceRows, tokenizePairs, writeArrowFile } =
      await import('../../../datasets/index.ts');
    const { choosePrecision } = await import('../../engine/index.ts');
    const { checkMemory, formatMemoryPlan, planMemory } = await import('../../models/index.ts');
    const { createSequenceScorer } = await import('../../training/index.ts');
    const read = await readPairs(args.pairs, { limit: args.limit, ...dataOptions(args) });
    noteReport(args, read, session);
    const format = args.format === 'auto' ? await promptFormat(args.pairs, args['data-adapter']) : args.format;
    const { policy, tokenizer, hash } = await openPolicy(args, session);
    const { kept, dropped, truncated } = tokenizePairs(tokenizer, read.pairs, {
      maxLength: policy.config.contextLength,
      longPairs: args['long-pairs'],
      format,
    });
    if (dropped.length > 0) {
      const named = dropped.slice(0, NAMED).map(({ id, tokens }) => `${id} (${tokens} tokens)`);
      const more = dropped.length > NAMED ? `, and ${dropped.length - NAMED} more` : '';
      session.note(
        `Dropped ${dropped.length} of ${read.pairs.length} pairs that exceed the context of ` +
          `${policy.config.contextLength} tokens: ${named.join(', ')}${more}.`,
      );
    }
    if (truncated.prompts + truncated.answers > 0) {
      session.note(`Cut ${truncated.prompts} prompts and ${truncated.answers} answers to fit the context.`);
    }
    const { contextLength } = policy.config;
    const longest = kept.reduce((most, pair) => Math.max(most, lengthOf(pair)), 1);
    const rows = sequenceRows(Math.min(longest, contextLength), { batchSize, maxLength: contextLength });
    const plan = planMemory({ config: policy.config, generation: { ...rows, option: '--batch-size' } });
    session.note(formatMemoryPlan(plan));
    await checkMemory(plan);

    const bf16 = choosePrecision(args.precision) === 'bf16';
    const scorer = createSequenceScorer(policy, { batchSize, padToken: tokenizer.padTokenId ?? 0, bf16 });
    const sides = kept.flatMap(({ id, promptIds, chosenIds, rejectedIds }) => [
      { id, side: 'chosen' as const, promptIds, completionIds: chosenIds },
      { id, side: 'rejected' as const, promptIds, completionIds: rejectedIds },
    ]);
    const sums = await scorer.score(sides, {
      signal: session.io.interruptSignal(),
      onProgress: (done, total) => session.status.update(`Scored ${done} of ${total} answers`),
    });
    const scored = sides.map(({ id, side, completionIds }, i): LogpRow => ({
      pair_id: id,
      side,
      model_hash: hash,
      sum: sums[i]!,
      count: completionIds.length,
    }));
    await writeArrowFile(args.out, 'logps', scored);
    scorer.dispose();
    policy.dispose();
    session.status.clear();
    const [chosen, rejected] = (['chosen', 'rejected'] as const).map((side) => perToken(scored, side)) as [
      number,
      number,
    ];
    if (args.json) {
      session.printJson({
        out: args.out,
        pairs: kept.length,
        dropped: dropped.map(({ id }) => id),
        bad: read.bad,
        chosenPerToken: chosen,
        rejectedPerToken: rejected,
      });
    } else {
      session.print(
        `${kept.length} pairs: chosen ${chosen.toFixed(3)}, rejected ${rejected.toFixed(3)} nats a token\n${args.out}`,
      );
    }
    return 0;
  },
});

/** Tokens of a pair in a row; one that exceeds the context takes two rows. */
function lengthOf({ promptIds, chosenIds, rejectedIds }: TokenizedPair): number {
  return promptIds.length + chosenIds.length + rejectedIds.length;
}

function perToken(rows: readonly LogpRow[], side: LogpRow['side']): number {
  const own = rows.filter((row) => row.side === side);
  return own.reduce((total, { sum }) => total + sum, 0) / own.reduce((total, { count }) => total + count, 0);
}

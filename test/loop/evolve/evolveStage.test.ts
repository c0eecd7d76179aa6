import { loadTokenizer, readArrowTable, tokenizePrompts, type Tokenizer } from 'nashtune/datasets';
import type { ChatModel } from 'nashtune/judges';
import { evolveStage, type EvolveStageOptions } from 'nashtune/loop';
import { beforeAll, expect, test } from 'vitest';

import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { TOKENIZER } from '../../recipes/tinyPolicy.ts';
import { inLoop, promptRow } from '../loopFixtures.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(TOKENIZER);
});

const IDS = ['dull', 'fair', 'rich', 'poor'];

/** A model by rule: says of each question what `reply` makes of the prompt and the attempt. */
const says = (reply: (prompt: string, attempt: number) => string): ChatModel => ({
  id: 'rule',
  ask: async (requests) =>
    requests.map(({ messages, sample = 0 }) => {
      const text = reply(/Prompt: (.*)$/s.exec(messages[0]!.content)![1]!, sample);
      return text === 'FAIL' ? { error: 'no answer', cost: { seconds: 0 } } : { text, cost: { seconds: 0 } };
    }),
});

function settings(creator: ChatModel, more: Partial<EvolveStageOptions> = {}): EvolveStageOptions {
  const room = { contextLength: 64, maxNewTokens: 8, longPrompts: 'drop', format: 'chat' } as const;
  const parents = tokenizePrompts(tokenizer, IDS.map(promptRow), room).kept;
  return {
    ...room,
    tokenizer,
    parents,
    replay: parents,
    informativeness: new Map([
      ['rich', 1],
      ['fair', 1],
    ]),
    size: 4,
    replayShare: 0.5,
    creator,
    operators: ['deepen', 'broaden'],
    maxTokens: 16,
    temperature: 0.7,
    attempts: 2,
    ...more,
  };
}

async function evolved(options: EvolveStageOptions, folder: string, resume = false) {
  return inLoop(
    folder,
    async (loop) => {
      const prompts = await evolveStage(loop, 2, options);
      const file = await readArrowTable(loop.run.stagePath(2, 'evolved.arrow'), 'prompts');
      const { values } = loop.metrics.rows.find(({ stage }) => stage === 'evolve')!;
      return { prompts, rows: file.rows, columns: file.extraColumns.map(({ name }) => name), values };
    },
    resume,
  );
}

test('the prompts with the most to teach are rewritten, and the rest of the round is replayed', async () => {
  const folder = await temporaryFolder();
  const creator = says((prompt) => `New prompt: "Harder: ${prompt}"`);
  const { prompts, rows, columns, values } = await evolved(settings(creator), folder);
  expect(rows.map(({ id }) => id).sort()).toEqual(['fair~2', 'rich~2']);
  expect(rows.map(({ messages }) => messages.at(-1)!.content).sort()).toEqual([
    'Harder: Question fair?',
    'Harder: Question rich?',
  ]);
  expect(columns).toEqual(expect.arrayContaining(['parent', 'operator']));
  expect(values).toMatchObject({ wanted: 2, evolved: 2, copy: 0, failed: 0 });
  expect(prompts).toHaveLength(4);
  expect(prompts.slice(2).every(({ prompt }) => IDS.includes(prompt.id))).toBe(true);

  // Made once: a resumed run asks nobody.
  const silent: ChatModel = { id: 'silent', ask: () => Promise.reject(new Error('asked again')) };
  expect((await evolved(settings(silent), folder, true)).prompts).toEqual(prompts);
});

test('copies, empty texts, long texts and failures are refused, asked for again, and counted', async () => {
  const replies: Record<string, string> = {
    dull: 'question, DULL',
    fair: '...',
    rich: 'word '.repeat(80),
    poor: 'FAIL',
  };
  const creator = says((prompt, attempt) => {
    const id = IDS.find((name) => prompt.includes(name))!;
    return attempt === 0 || id !== 'rich' ? replies[id]! : 'What is rich?';
  });
  const { prompts, rows, values } = await evolved(settings(creator, { replayShare: 0 }), await temporaryFolder());
  expect(rows.map(({ id }) => id)).toEqual(['rich~2']);
  expect(values).toMatchObject({ wanted: 4, evolved: 1, copy: 2, empty: 2, tooLong: 1, failed: 2 });
  // What is missing is replayed.
  expect(prompts).toHaveLength(4);
});

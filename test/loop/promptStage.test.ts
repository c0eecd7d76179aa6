import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { loadTokenizer, readArrowFile } from 'nashtune/datasets';
import { preparePrompts, promptStage } from 'nashtune/loop';
import { SHIPPED_JUDGE } from 'nashtune/world';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';
import { inLoop } from './loopFixtures.ts';

const prompt = (
  id: string,
  content: string,
): { id: string; messages: { role: string; content: string }[]; source: string } => ({
  id,
  messages: [{ role: 'user', content }],
  source: 'test',
});

test('long prompts are dropped, counted and named, and the run keeps a copy of all prompts', async () => {
  const tokenizer = await loadTokenizer(SHIPPED_JUDGE);
  const source = [
    prompt('short', 'Give me two tips.'),
    prompt('long', 'word '.repeat(90)),
    prompt('tight', 'word '.repeat(30)),
  ];
  const prepared = await preparePrompts({
    source,
    tokenizer,
    contextLength: 96,
    maxNewTokens: 48,
    longPrompts: 'drop',
  });
  const folder = await temporaryFolder();
  const notes = await inLoop(folder, async (loop) => {
    const kept = await promptStage(loop, prepared);
    expect(kept.map(({ prompt: row }) => row.id)).toEqual(['short']);
    return loop.notes;
  });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(
    /^Dropped 2 of 3 prompts: 1 exceed the context of 96 tokens, 1 leave no room for 48 new ones: long \(\d+ tokens\), tight \(\d+ tokens\)\.$/,
  );
  const rows = await readArrowFile(join(folder, 'run/prompts.arrow'), 'prompts');
  expect(rows.map(({ id }) => id)).toEqual(['short', 'long', 'tight']);
});

test('under "error" long prompts are refused before a run begins', async () => {
  const tokenizer = await loadTokenizer(SHIPPED_JUDGE);
  const source = [prompt('short', 'Hi.'), prompt('long', 'word '.repeat(90))];
  const options = { source, tokenizer, contextLength: 96, maxNewTokens: 48, longPrompts: 'error' } as const;
  await expect(preparePrompts(options)).rejects.toThrow(/long: \d+ tokens/);
});

test('rows of any shape are mapped, and a run notes the rows it left out', async () => {
  const folder = await temporaryFolder();
  const source = join(folder, 'asked.jsonl');
  await writeFile(source, '{"id":"a","data":{"ask":"Hi."}}\n{"id":"b","data":{}}\n');
  const options = {
    source,
    skipBad: join(folder, 'bad.jsonl'),
    tokenizer: await loadTokenizer(SHIPPED_JUDGE),
    contextLength: 96,
    maxNewTokens: 48,
    longPrompts: 'drop',
  } as const;
  const prepared = await preparePrompts({ ...options, adapter: { prompt: 'data.ask' } });
  expect(prepared.rows).toMatchObject([{ id: 'a', messages: [{ role: 'user', content: 'Hi.' }] }]);
  expect(JSON.parse(await readFile(options.skipBad, 'utf8'))).toMatchObject({ at: 'line 2', reason: 'mapping' });
  const notes = await inLoop(folder, async (loop) => {
    await promptStage(loop, prepared);
    return loop.notes;
  });
  expect(notes).toEqual(['Left out 1 of 2 rows (1 mapping).']);
  const byFunction = await preparePrompts({ ...options, adapter: ({ id }) => ({ prompt: `Hi ${String(id)}.` }) });
  expect(byFunction.rows.map(({ messages }) => messages[0]!.content)).toEqual(['Hi a.', 'Hi b.']);
});

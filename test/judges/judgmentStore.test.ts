import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { createJudgmentStore, judgmentKey } from '../../src/judges/judgmentStore.ts';
import { startScript } from '../base/startScript.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const KEYS = Array.from({ length: 5 }, (_, i) => judgmentKey('test', i));

describe('a judgment store', () => {
  test('gives back after reopening what was put, whatever the text', async () => {
    const folder = await temporaryFolder();
    const texts = ['plain', 'line\nbreaks\r\n', 'separators \u2028 \u2029', '{"key": 1}', '🙂'.repeat(50_000)];
    const store = await createJudgmentStore(folder);
    await Promise.all(texts.map((text, i) => store.put(KEYS[i]!, { text })));
    await store.close();
    const again = await createJudgmentStore(folder);
    expect(KEYS.map((key) => again.get(key))).toEqual(texts.map((text) => ({ text })));
    expect(again.size).toBe(5);
    expect(again.get(judgmentKey('other'))).toBeUndefined();
    await again.close();
  });

  test('has on disk what it has accepted when the process is killed', async () => {
    const folder = await temporaryFolder();
    const script = startScript(
      `import { createJudgmentStore, judgmentKey } from './src/judges/judgmentStore.ts';
       const store = await createJudgmentStore(process.argv[1]);
       await Promise.all([0, 1, 2].map((i) => store.put(judgmentKey('test', i), i)));
       console.log('put');
       setInterval(() => {}, 1000);`,
      [folder],
    );
    expect(await script.line()).toBe('put');
    await script.kill('SIGKILL');
    const store = await createJudgmentStore(folder);
    expect(KEYS.map((key) => store.get(key))).toEqual([0, 1, 2, undefined, undefined]);
    await store.close();
  });

  test('drops a last line that was cut, and goes on behind the one before', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'judgments.jsonl');
    const store = await createJudgmentStore(folder);
    await store.put(KEYS[0]!, 'whole');
    await store.close();
    const whole = await readFile(path, 'utf8');
    for (const torn of ['{"ke', `{"key":"${KEYS[1]}","value":"x"}`, 'x'.repeat(200_000)]) {
      await appendFile(path, torn);
      const again = await createJudgmentStore(folder);
      expect(again.size).toBe(1);
      await again.close();
      expect(await readFile(path, 'utf8')).toBe(whole);
    }
  });

  test('refuses a file that holds something else, names the lines and leaves it as it is', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'judgments.jsonl');
    const text = `{"key":"${KEYS[0]}","value":1}\nnonsense\n{"key":"short","value":1}\ntorn`;
    await writeFile(path, text);
    await expect(createJudgmentStore(folder)).rejects.toMatchObject({
      code: 'store.corrupt',
      message: expect.stringMatching(/line 2: nonsense\n.*line 3: .*short/s),
    });
    expect(await readFile(path, 'utf8')).toBe(text);
    await writeFile(path, '');
    await (await createJudgmentStore(folder)).close();
  });

  test('belongs to one process until it is closed', async () => {
    const folder = await temporaryFolder();
    const store = await createJudgmentStore(folder);
    await expect(createJudgmentStore(folder)).rejects.toMatchObject({ code: 'folder.locked' });
    await store.close();
    await store.close();
    expect(() => store.put(KEYS[0]!, 1)).toThrow('closed');
  });

  test('flushes what comes at once together', async () => {
    const folder = await temporaryFolder();
    const store = await createJudgmentStore(folder);
    const start = performance.now();
    await Promise.all(Array.from({ length: 5000 }, (_, i) => store.put(judgmentKey(i), i)));
    // 5000 flushes of their own would take far longer.
    expect(performance.now() - start).toBeLessThan(2000);
    await store.close();
  });
});

test('a file in the place of its folder is told', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, '');
  const error = await createJudgmentStore(path).catch((fault: unknown) => fault);
  expect(error).toMatchObject({ name: 'UserError', code: 'output.unwritable' });
  expect((error as Error).message).toContain('it is a file. Choose another folder.');
});

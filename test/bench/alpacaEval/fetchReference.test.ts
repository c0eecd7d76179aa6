import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { fetchReference } from '../../../bench/alpacaEval/fetchReference.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';

const BODY = '[{"instruction":"q","output":"a","generator":"gpt4_1106_preview"}]';
const sha256 = createHash('sha256').update(BODY).digest('hex');
let asked = 0;
const server = createServer((_, response) => {
  asked++;
  response.end(BODY);
});
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/model_outputs.json`;
});
afterAll(() => server.close());

test('the baseline is fetched once, and its hash checked each time', async () => {
  const folder = join(await temporaryFolder(), 'eval');
  const path = await fetchReference(folder, { url, sha256 });
  expect(await readFile(path, 'utf8')).toBe(BODY);
  expect(await fetchReference(folder, { url, sha256 })).toBe(path);
  expect(asked).toBe(1);
  await writeFile(path, 'something else');
  await expect(fetchReference(folder, { url, sha256 })).rejects.toThrow(/expected AlpacaEval's baseline/);
});

test('another file than the pinned one is refused and leaves none behind', async () => {
  const folder = await temporaryFolder();
  await expect(fetchReference(folder, { url })).rejects.toMatchObject({ code: 'reference.fetch' });
  expect(existsSync(join(folder, 'gpt4_turbo.json'))).toBe(false);
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { readEndTokens } from '../../src/models/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

test.each([
  ['{"eos_token_id": [5, 7]}', [5, 7]],
  ['{"eos_token_id": 5, "top_k": 20}', [5]],
  ['{"eos_token_id": null}', []],
  ['{}', []],
])('of a generation_config.json %s the end tokens are %j', async (text, tokens) => {
  const folder = await temporaryFolder();
  expect(await readEndTokens(folder)).toEqual([]);
  await writeFile(join(folder, 'generation_config.json'), text);
  expect(await readEndTokens(folder)).toEqual(tokens);
});

test.each(['{"eos_token_id": "</s>"}', '{"eos_token_id": 5'])('a broken file is told: %s', async (text) => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'generation_config.json'), text);
  const { code, message } = await userErrorOf(() => readEndTokens(folder), folder);
  expect(code).toBe('model.badConfig');
  expect(message).toContain('expected JSON whose eos_token_id is a token id or a list of them');
});

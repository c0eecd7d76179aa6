import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect, test } from 'vitest';

import { startEngine } from '../../../src/engine/index.ts';
import { serveWeights } from '../../../src/sampling/index.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';
import { writeTinyPolicy } from '../../recipes/tinyPolicy.ts';
import { startPolicyServer } from './policyServer.ts';

beforeAll(async () => {
  await startEngine();
});

const { signal } = new AbortController();

async function weights() {
  const folder = await temporaryFolder();
  await writeTinyPolicy(folder);
  return { folder, hash: '0123456789abcdef' };
}

test('an address is sent folder and hash, and a server that has the weights is left alone', async () => {
  const server = await startPolicyServer();
  const given = await weights();
  const options = { baseURL: server.baseURL, reload: server.reloadURL, waitSeconds: 5, signal };
  expect(await serveWeights(given, options)).toEqual({ id: 'policy-0123456789abcdef', dialect: 'openai' });
  expect(await serveWeights(given, options)).toEqual({ id: 'policy-0123456789abcdef', dialect: 'openai' });
  expect(server.reloads).toEqual([{ ...given, model: 'policy-0123456789abcdef' }]);
});

test("llama.cpp's server is known by the owner of its models", async () => {
  const server = await startPolicyServer({ dialect: 'llama.cpp' });
  const options = { baseURL: server.baseURL, reload: server.reloadURL, waitSeconds: 5, signal };
  expect(await serveWeights(await weights(), options)).toMatchObject({ dialect: 'llama.cpp' });
});

test('a command finds folder, hash and name in its environment', async () => {
  const server = await startPolicyServer();
  const given = await weights();
  const told = join(given.folder, 'told.txt');
  const reload =
    `printf '%s %s' "$NASHTUNE_CHECKPOINT" "$NASHTUNE_POLICY_HASH" > ${told}; ` +
    `curl --silent --fail --data "{\\"folder\\":\\"$NASHTUNE_CHECKPOINT\\",\\"model\\":\\"our-$NASHTUNE_POLICY_HASH\\"}" ${server.reloadURL}`;
  const options = { baseURL: server.baseURL, reload, waitSeconds: 5, signal };
  expect(await serveWeights(given, options)).toMatchObject({ id: `our-${given.hash}` });
  expect(await readFile(told, 'utf8')).toBe(`${given.folder} ${given.hash}`);
});

test('a server that goes on with an old model is refused, with what it serves', async () => {
  const server = await startPolicyServer({ nameOf: () => 'policy-old' });
  const given = await weights();
  const stale = { baseURL: server.baseURL, reload: server.reloadURL, waitSeconds: 0.1, signal };
  const { code, message } = await userErrorOf(() => serveWeights(given, stale), given.folder);
  expect(code).toBe('sampling.stale');
  expect(message).toBe(
    `${server.baseURL}: expected a model whose id contains 0123456789abcdef, the weights in ., found "policy-old" 0.1 s after ` +
      'reloading. See what the server says, or raise sampling.server.waitSeconds, then run again with --resume.',
  );
  const asked = await userErrorOf(() => serveWeights(given, { ...stale, reload: undefined }), given.folder);
  expect(asked.message).toContain('Serve . as policy-0123456789abcdef, or set sampling.server.reload');
});

test('a failing command or address, and no server at all, are told', async () => {
  const given = await weights();
  const server = await startPolicyServer();
  const failing = (reload: string, baseURL = server.baseURL) =>
    userErrorOf(() => serveWeights(given, { baseURL, reload, waitSeconds: 0.1, signal }));
  expect((await failing('echo no room >&2; exit 3')).message).toContain(
    'sampling.server.reload "echo no room >&2; exit 3": expected success, found: no room\n',
  );
  expect((await failing('http://127.0.0.1:9/reload')).message).toContain('expected success, found: fetch failed');
  const nobody = await failing('true', 'http://127.0.0.1:9/v1');
  expect(nobody.code).toBe('sampling.stale');
  expect(nobody.message).toContain('found no list of models (Connection error.)');
});

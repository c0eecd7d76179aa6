import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { resolveHub } from 'nashtune/datasets';
import { describe, expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { prepareHub, type PreparedHub } from './prepareHub.ts';

const TOKENS = 'https://huggingface.co/settings/tokens';
const ORG = 'hub:org/name';

interface Refusal {
  status: number;
  headers?: Record<string, string>;
}

/** The error of a resolution whose first request to the API, or for a file, is refused; `$hub` stands for the endpoint. */
async function refused(refusal: Refusal, { token = false, file = false, reference = ORG } = {}): Promise<string> {
  const hub = await prepareHub();
  (file ? hub.server.fileRefusals : hub.server.refusals).push(refusal);
  return errorOf(hub, reference, token ? { HF_TOKEN: 'hf_secret' } : {});
}

async function errorOf(hub: PreparedHub, reference: string, env: Record<string, string> = {}): Promise<string> {
  const { code, message } = await userErrorOf(() => resolveHub(reference, { env: { ...hub.env, ...env } }));
  expect(message).not.toContain('hf_secret');
  return `${code} ${message}`.replaceAll(hub.server.endpoint, '$hub').replaceAll(hub.cache, '$cache');
}

describe('A refusal says what to do:', () => {
  const gated = { status: 401, headers: { 'x-error-code': 'GatedRepo', 'x-error-message': 'Access is restricted.' } };
  const invalid = { 'x-error-message': 'Invalid credentials in Authorization header' };
  const noRepository = { 'x-error-code': 'RepoNotFound' };

  test('accept the terms of a gated repository', async () => {
    expect(await refused(gated, { file: true })).toBe(
      `hub.gated ${ORG}: the repository is gated. Accept its terms at $hub/org/name, and set HF_TOKEN to a token of your ` +
        `account (${TOKENS}).`,
    );
    expect(await refused({ ...gated, status: 403 }, { file: true, token: true })).toBe(
      `hub.gated ${ORG}: the repository is gated. Accept its terms at $hub/org/name, and see that the token in HF_TOKEN ` +
        `is of that account and may read gated repositories (${TOKENS}).`,
    );
  });

  test('check the spelling, or give a token, as the Hub hides private repositories', async () => {
    const message =
      `hub.notFound ${ORG}: $hub shows no model of this name. Check its spelling; if it is private, set HF_TOKEN to a ` +
      `token that may read it (${TOKENS}); if it is a dataset, write hub:datasets/org/name.`;
    expect(await refused({ status: 401, headers: noRepository })).toBe(message);
    expect(await refused({ status: 401 })).toBe(message);
    expect(await refused({ status: 404, headers: noRepository })).toBe(message);
  });

  test('check whose token it is', async () => {
    for (const status of [401, 404]) {
      expect(await refused({ status, headers: noRepository }, { token: true })).toContain(
        'hub.notFound hub:org/name: $hub shows no model of this name. Check its spelling; if it is private, check whose ' +
          'token HF_TOKEN is;',
      );
    }
  });

  test('a dataset may be a model', async () => {
    const reference = 'hub:datasets/org/other';
    expect(await refused({ status: 404 }, { reference })).toMatch(
      /shows no dataset .* if it is a model, write hub:org\/other\.$/,
    );
  });

  test('replace a token that is not accepted', async () => {
    expect(await refused({ status: 401, headers: invalid }, { token: true })).toBe(
      `hub.token ${ORG}: $hub does not accept the token in HF_TOKEN ("Invalid credentials in Authorization header"). ` +
        `Set HF_TOKEN to a valid one (${TOKENS}), or unset it where the repository is public.`,
    );
  });

  test('replace a token of hf auth login, which is named by its file', async () => {
    const hub = await prepareHub();
    const path = join(hub.home, 'token');
    await writeFile(path, 'hf_secret');
    hub.server.refusals = [{ status: 401, headers: invalid }, { status: 404 }, gated];
    expect(await errorOf(hub, ORG)).toBe(
      `hub.token ${ORG}: $hub does not accept the token in ${path} ("Invalid credentials in Authorization header"). ` +
        'Run "hf auth login" again, or "hf auth logout" where the repository is public.',
    );
    expect(await errorOf(hub, ORG)).toContain(`if it is private, check whose token ${path} is;`);
    expect(await errorOf(hub, ORG)).toContain(`see that the token in ${path} is of that account`);
  });

  test('replace a token that may not read the repository', async () => {
    expect(await refused({ status: 403, headers: { 'x-error-message': 'No access.' } }, { token: true })).toBe(
      `hub.forbidden ${ORG}: $hub refuses access ("No access."). Set HF_TOKEN to a token that may read the repository ` +
        `(${TOKENS}), or name another repository.`,
    );
  });

  test('choose a revision that exists', async () => {
    const hub = await prepareHub();
    expect(await errorOf(hub, 'hub:org/name@v2')).toBe(
      'hub.revision hub:org/name@v2: there is no branch, tag or commit "v2". Choose one that $hub/org/name/tree/main ' +
        'lists, or leave "@v2" out.',
    );
    expect(await errorOf(hub, `hub:org/name@${'a'.repeat(40)}`)).toContain('hub.revision');
  });

  test('the repository is another', async () => {
    expect(await errorOf(await prepareHub(), 'hub:org/nmae')).toContain(
      'hub.notFound hub:org/nmae: $hub shows no model',
    );
  });
});

describe('A failure of the network or the server', () => {
  const copy = 'copy the repository into the cache "$cache" from a machine that has it and set HF_HUB_OFFLINE=1.';

  test('is met with patience, then with a mirror or the cache', async () => {
    const hub = await prepareHub();
    hub.server.refusals = [503, 500, 502].map((status) => ({ status }));
    await resolveHub(ORG, hub);
    expect(hub.server.requests.filter(({ path }) => path.includes('/revision/'))).toHaveLength(4);
    hub.server.refusals = [503, 503, 503, 503].map((status) => ({ status }));
    expect(await errorOf(hub, ORG)).toBe(
      `hub.unreachable ${ORG}: could not be fetched from ${new URL(hub.server.endpoint).host} (answered 503 Service ` +
        'Unavailable). Check the network and try again, set HF_ENDPOINT to another mirror, or set HF_HUB_OFFLINE=1 to ' +
        'use what the cache "$cache" has of it.',
    );
  });

  test('by too many requests is told from others', async () => {
    const hub = await prepareHub();
    hub.server.refusals = [429, 429, 429, 429].map((status) => ({ status }));
    expect(await errorOf(hub, ORG)).toContain('Wait some minutes, set HF_TOKEN for a higher limit, set HF_ENDPOINT');
  });

  test('names the host that nobody answers at', async () => {
    const hub = await prepareHub();
    await hub.server.close();
    const { host } = new URL(hub.server.endpoint);
    expect(await errorOf(hub, ORG)).toBe(
      `hub.unreachable ${ORG}: could not be fetched from ${host} (fetch failed: ECONNREFUSED). Check the network and try ` +
        `again, set HF_ENDPOINT to another mirror, or ${copy}`,
    );
  });

  test('in the storage behind the Hub is no refusal by the Hub', async () => {
    const hub = await prepareHub();
    hub.server.storageRefusal = 403;
    const message = await errorOf(hub, ORG, { HF_TOKEN: 'hf_secret' });
    expect(message).toMatch(
      /^hub\.unreachable .*: could not be fetched from 127\.0\.0\.1:\d+ \(answered 403 Forbidden\)/,
    );
    expect(message).not.toContain('signature=secret');
  });

  test('is assumed when a connection is silent for HF_HUB_DOWNLOAD_TIMEOUT seconds', async () => {
    const hub = await prepareHub();
    hub.server.delay = 10_000;
    expect(await errorOf(hub, ORG, { HF_HUB_DOWNLOAD_TIMEOUT: '0.2' })).toContain('(silent for 0.2 s)');
    expect(hub.server.requests.filter(({ server }) => server === 'storage')).toHaveLength(4);
  });

  test('is assumed when a server sends another, shorter file over and over', async () => {
    const hub = await prepareHub();
    hub.server.altered = Buffer.from('<html>Please log in</html>');
    expect(await errorOf(hub, ORG)).toContain(`hub.unreachable ${ORG}: could not be fetched from `);
    expect(hub.server.requests.filter(({ server }) => server === 'storage')).toHaveLength(4);
  });
});

import { mkdir, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readHubSettings } from '../../../datasets/hub/hubSettings.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { userErrorOf } from '../userErrorOf.ts';

describe('readHubSettings', () => {
  test('has the defaults of huggingface_hub without any variable, and with empty ones', () => {
    const defaults = {
      endpoint: 'https://huggingface.co',
      token: null,
      tokenSource: 'HF_TOKEN',
      cache: `${homedir()}/.cache/huggingface/hub`,
      offline: false,
      stallMs: undefined,
    };
    // Whoever runs the tests may be logged in.
    const nobody = { HF_TOKEN_PATH: '/nowhere/token' };
    expect(readHubSettings(nobody)).toEqual(defaults);
    const names = ['HF_ENDPOINT', 'HF_TOKEN', 'HF_HUB_CACHE', 'HF_HOME', 'HF_HUB_OFFLINE', 'HF_HUB_DOWNLOAD_TIMEOUT'];
    expect(readHubSettings({ ...nobody, ...Object.fromEntries(names.map((name) => [name, ''])) })).toEqual(defaults);
  });

  // What Python's huggingface_hub 2.4.0 prints as constants.HF_HUB_CACHE with these variables.
  test.each([
    [{ HF_HUB_CACHE: '/a', HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/a'],
    [{ HUGGINGFACE_HUB_CACHE: '/b', HF_HOME: '/c' }, '/b'],
    [{ HF_HOME: '/c', XDG_CACHE_HOME: '/d' }, '/c/hub'],
    [{ XDG_CACHE_HOME: '/d' }, '/d/huggingface/hub'],
    [{ HOME: '/home/me', HF_HOME: '~/hf' }, '/home/me/hf/hub'],
    [{ HOME: '/home/me', HF_HUB_CACHE: '~' }, '/home/me'],
    [{ HOME: '/home/me', HF_HUB_CACHE: 'relative/~' }, resolve('relative/~')],
  ])('%j puts the cache at %s', (env, cache) => {
    expect(readHubSettings(env).cache).toBe(cache);
  });

  test.each([
    [{ HF_HUB_OFFLINE: '1' }, true],
    [{ HF_HUB_OFFLINE: 'True' }, true],
    [{ TRANSFORMERS_OFFLINE: 'yes' }, true],
    [{ HF_HUB_OFFLINE: '', TRANSFORMERS_OFFLINE: 'ON' }, true],
    [{ HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: '1' }, false],
    [{ HF_HUB_OFFLINE: 'no' }, false],
  ])('%j means offline: %s', (env, offline) => {
    expect(readHubSettings(env).offline).toBe(offline);
  });

  test('reads endpoint, token and time limit', () => {
    const env = { HF_ENDPOINT: 'https://mirror.example/hf/', HF_TOKEN: ' hf_abc\n', HF_HUB_DOWNLOAD_TIMEOUT: '2.5' };
    expect(readHubSettings(env)).toMatchObject({
      endpoint: 'https://mirror.example/hf',
      token: 'hf_abc',
      stallMs: 2500,
    });
    expect(readHubSettings({ HF_HUB_DOWNLOAD_TIMEOUT: '1e9' }).stallMs).toBe(2 ** 31 - 1); // the longest timer
  });

  test.each([
    [{ HF_ENDPOINT: 'mirror.example' }, 'HF_ENDPOINT: expected the address of a Hub, found "mirror.example"'],
    [{ HF_ENDPOINT: 'ftp://mirror.example' }, 'found "ftp://mirror.example"'],
    [{ HF_ENDPOINT: 'https://me:secret@mirror.example' }, 'found one with a user name or password'],
    [{ HF_TOKEN: 'hf_secret\nhf_secret' }, 'HF_TOKEN: expected an access token, found spaces'],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: '10s' }, 'HF_HUB_DOWNLOAD_TIMEOUT: expected a number of seconds above 0, found "10s"'],
    [{ HF_HUB_DOWNLOAD_TIMEOUT: '0' }, 'found "0"'],
  ])('refuses %j without repeating secrets', async (env, problem) => {
    const { code, message } = await userErrorOf(() => readHubSettings(env));
    expect(code).toBe('hub.setting');
    expect(message).toContain(problem);
    expect(message).not.toContain('secret');
  });
});

describe('without HF_TOKEN the token is that of hf auth login', () => {
  // What Python's huggingface_hub 2.4.0 returns from get_token_to_send(None) with these variables and files.
  test.each([
    [{}, 'hf_home', 'home/token'],
    [{ HF_TOKEN: '' }, 'hf_home', 'home/token'],
    [{ HF_TOKEN: ' \n' }, 'hf_home', 'home/token'],
    [{ HF_TOKEN: 'hf_variable' }, 'hf_variable', 'HF_TOKEN'],
    [{ HF_TOKEN_PATH: '~/path' }, 'hf_path', 'path'],
    [{ HF_TOKEN_PATH: '~/missing' }, null, 'HF_TOKEN'],
    [{ HF_TOKEN_PATH: '~/empty' }, null, 'HF_TOKEN'],
    [{ HF_HOME: '' }, 'hf_default', '.cache/huggingface/token'],
    [{ HF_HOME: '', XDG_CACHE_HOME: '~/xdg' }, 'hf_xdg', 'xdg/huggingface/token'],
    [{ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1' }, null, 'HF_TOKEN'],
    [{ HF_HUB_DISABLE_IMPLICIT_TOKEN: '1', HF_TOKEN: 'hf_variable' }, null, 'HF_TOKEN'],
    [{ HF_HUB_DISABLE_IMPLICIT_TOKEN: '0' }, 'hf_home', 'home/token'],
  ])('%j gives %s, from %s', async (env, token, source) => {
    const user = await temporaryFolder();
    const files = {
      'home/token': 'hf_home\n',
      path: ' hf_path\r\n',
      empty: '\n',
      '.cache/huggingface/token': 'hf_default',
      'xdg/huggingface/token': 'hf_xdg',
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(join(user, path, '..'), { recursive: true });
      await writeFile(join(user, path), text);
    }
    const found = readHubSettings({ HOME: user, HF_HOME: '~/home', ...env });
    expect(found).toMatchObject({ token, tokenSource: source === 'HF_TOKEN' ? source : join(user, source) });
  });

  test('refuses a file that holds none, without repeating it', async () => {
    const home = await temporaryFolder();
    await writeFile(join(home, 'token'), 'hf_secret hf_secret');
    expect(await userErrorOf(() => readHubSettings({ HF_HOME: home }), home)).toEqual({
      code: 'hub.setting',
      message:
        './token: expected an access token, found spaces or other characters that no token has. ' +
        'Run "hf auth login" again, or set HF_TOKEN.',
    });
  });

  test('refuses a file that cannot be read', async () => {
    const home = await temporaryFolder();
    await mkdir(join(home, 'token'));
    const { code, message } = await userErrorOf(() => readHubSettings({ HF_HOME: home }), home);
    expect(code).toBe('hub.setting');
    expect(message).toContain(
      './token: expected the file in which "hf auth login" keeps the access token, and it cannot',
    );
  });
});

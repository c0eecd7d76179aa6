import { homedir } from 'node:os';
import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { readHubSettings } from '../../../datasets/hub/hubSettings.ts';
import { userErrorOf } from '../userErrorOf.ts';

describe('readHubSettings', () => {
  test('has the defaults of huggingface_hub without any variable, and with empty ones', () => {
    const defaults = {
      endpoint: 'https://huggingface.co',
      token: null,
      cache: `${homedir()}/.cache/huggingface/hub`,
      offline: false,
      stallMs: undefined,
    };
    expect(readHubSettings({})).toEqual(defaults);
    const names = ['HF_ENDPOINT', 'HF_TOKEN', 'HF_HUB_CACHE', 'HF_HOME', 'HF_HUB_OFFLINE', 'HF_HUB_DOWNLOAD_TIMEOUT'];
    expect(readHubSettings(Object.fromEntries(names.map((name) => [name, ''])))).toEqual(defaults);
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

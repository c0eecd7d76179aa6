import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';

/** Environment variables, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

export const DEFAULT_ENDPOINT = 'https://huggingface.co';

// Node fires a longer timer at once.
const MAX_TIMER_MS = 2 ** 31 - 1;

/** What the variables of huggingface_hub choose. */
export interface HubSettings {
  /** Base address without a slash at the end. */
  endpoint: string;
  /** Access token, null for none. */
  token: string | null;
  /** Where it is from, for messages: the variable, or the file of `hf auth login`. */
  tokenSource: string;
  /** Folder that holds the cached repositories. */
  cache: string;
  offline: boolean;
  /** Milliseconds of silence after which a connection is given up; undefined for our own default. */
  stallMs: number | undefined;
}

/**
 * Reads the environment variables that huggingface_hub reads, by its rules; an empty one counts as unset. Without HF_TOKEN
 * the token is that of `hf auth login`.
 *
 * @throws {UserError} `hub.setting` when one of them cannot be used
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function readHubSettings(env: Environment): HubSettings {
  return {
    endpoint: endpointOf(env['HF_ENDPOINT']),
    ...findToken(env),
    cache: cacheOf(env),
    offline: isTrue(env['HF_HUB_OFFLINE'] || env['TRANSFORMERS_OFFLINE']),
    stallMs: millisecondsOf(env['HF_HUB_DOWNLOAD_TIMEOUT']),
  };
}

function endpointOf(value: string | undefined): string {
  if (!value) return DEFAULT_ENDPOINT;
  const url = URL.canParse(value) ? new URL(value) : null;
  const named = url !== null && `${url.username}${url.password}` !== '';
  if (url !== null && /^https?:$/.test(url.protocol) && !named) return value.replace(/\/+$/, '');
  throw new UserError(
    'hub.setting',
    `HF_ENDPOINT: expected the address of a Hub, found ${named ? 'one with a user name or password' : `"${value}"`}. ` +
      `Set it to one such as ${DEFAULT_ENDPOINT}, or unset it.`,
  );
}

function findToken(env: Environment): Pick<HubSettings, 'token' | 'tokenSource'> {
  const variable = 'HF_TOKEN';
  // As in huggingface_hub it means the variable too.
  if (isTrue(env['HF_HUB_DISABLE_IMPLICIT_TOKEN'])) return { token: null, tokenSource: variable };
  const token = checkToken(env[variable], variable);
  if (token !== null) return { token, tokenSource: variable };
  const path = env['HF_TOKEN_PATH'] ? expandUser(env['HF_TOKEN_PATH'], env) : join(homeOf(env), 'token');
  const saved = checkToken(readTokenFile(path), path);
  return saved === null ? { token: null, tokenSource: variable } : { token: saved, tokenSource: path };
}

function readTokenFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(
      'hub.setting',
      `${path}: expected the file in which "hf auth login" keeps the access token, and it cannot be read ` +
        `(${reasonOf(error)}). Make it readable, or set HF_TOKEN.`,
      { cause: error },
    );
  }
}

function checkToken(value: string | undefined, source: string): string | null {
  const token = value?.trim();
  if (!token) return null;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(
    'hub.setting',
    `${source}: expected an access token, found spaces or other characters that no token has. ` +
      (source === 'HF_TOKEN'
        ? 'Set it to a token of https://huggingface.co/settings/tokens, or unset it.'
        : 'Run "hf auth login" again, or set HF_TOKEN.'),
  );
}

function cacheOf(env: Environment): string {
  const chosen = env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'];
  return chosen ? expandUser(chosen, env) : join(homeOf(env), 'hub');
}

function homeOf(env: Environment): string {
  return expandUser(env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || '~/.cache', 'huggingface'), env);
}

function expandUser(path: string, env: Environment): string {
  return resolve(path.replace(/^~(?=$|[/\\])/, () => env['HOME'] || homedir()));
}

function isTrue(value: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(value ?? '');
}

function millisecondsOf(value: string | undefined): number | undefined {
  if (!value) return undefined;
  const seconds = Number(value);
  if (seconds > 0) return Math.min(seconds * 1000, MAX_TIMER_MS);
  throw new UserError(
    'hub.setting',
    `HF_HUB_DOWNLOAD_TIMEOUT: expected a number of seconds above 0, found "${value}". Set it to 60, or unset it.`,
  );
}

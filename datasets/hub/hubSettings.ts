import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

import { UserError } from '../../src/base/userError.ts';

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
  /** Folder that holds the cached repositories. */
  cache: string;
  offline: boolean;
  /** Milliseconds of silence after which a connection is given up; undefined for our own default. */
  stallMs: number | undefined;
}

/**
 * Reads the environment variables that huggingface_hub reads, by its rules; an empty one counts as unset.
 *
 * @throws {UserError} `hub.setting` when one of them cannot be used
 * @see https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
 */
export function readHubSettings(env: Environment): HubSettings {
  return {
    endpoint: endpointOf(env['HF_ENDPOINT']),
    token: tokenOf(env['HF_TOKEN']),
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

function tokenOf(value: string | undefined): string | null {
  const token = value?.trim();
  if (!token) return null;
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UserError(
    'hub.setting',
    'HF_TOKEN: expected an access token, found spaces or other characters that no token has. ' +
      'Set it to a token of https://huggingface.co/settings/tokens, or unset it.',
  );
}

function cacheOf(env: Environment): string {
  const user = env['HOME'] || homedir();
  const expand = (path: string): string => resolve(path.replace(/^~(?=$|[/\\])/, () => user));
  const chosen = env['HF_HUB_CACHE'] || env['HUGGINGFACE_HUB_CACHE'];
  if (chosen) return expand(chosen);
  const home = env['HF_HOME'] || join(env['XDG_CACHE_HOME'] || join(user, '.cache'), 'huggingface');
  return join(expand(home), 'hub');
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

import { ChecksumFault } from '../../src/base/checksum.ts';
import { FetchFault } from '../../src/base/fetchPatiently.ts';
import { UserError } from '../../src/base/userError.ts';
import { repositoryPage } from './hubApi.ts';
import type { HubReference } from './hubReference.ts';
import { DEFAULT_ENDPOINT, type HubSettings } from './hubSettings.ts';

interface Circumstances {
  reference: HubReference;
  settings: HubSettings;
  /** Whether the cache holds all that is wanted. */
  cached: boolean;
}

const TOKENS = 'https://huggingface.co/settings/tokens';

/** Turns a fault of fetching into an error that says what to do about it; passes on what is none. */
export function explainFault(error: unknown, circumstances: Circumstances): unknown {
  if (error instanceof FetchFault) return refusal(error, circumstances) ?? unreachable(error, circumstances);
  if (error instanceof ChecksumFault) return wrongFile(error, circumstances);
  const { code, syscall } = error as NodeJS.ErrnoException;
  return error instanceof Error && code !== undefined && syscall !== undefined
    ? diskFault(error, circumstances)
    : error;
}

/** What the Hub itself says no with; null for other states, and for those of the storage it redirects to. */
function refusal(fault: FetchFault, { reference, settings }: Circumstances): UserError | null {
  const { endpoint, token, tokenSource: source } = settings;
  if (new URL(fault.url).origin !== new URL(endpoint).origin) return null;
  const because = (code: string, message: string): UserError =>
    new UserError(code, `${reference.text}: ${message}`, { cause: fault });
  const page = repositoryPage(endpoint, reference);
  const reason = fault.headers.get('x-error-code');
  const says = fault.headers.get('x-error-message') ?? fault.message;
  if (reason === 'GatedRepo') {
    const account = token === null ? `set HF_TOKEN to a token of your account (${TOKENS})` : gatedToken(source);
    return because('hub.gated', `the repository is gated. Accept its terms at ${page}, and ${account}.`);
  }
  if (reason === 'RevisionNotFound') {
    const fix = `Choose one that ${page}/tree/main lists, or leave "@${reference.revision}" out.`;
    return because('hub.revision', `there is no branch, tag or commit "${reference.revision}". ${fix}`);
  }
  if (fault.status === 401 && token !== null && reason !== 'RepoNotFound') {
    const fix =
      source === 'HF_TOKEN'
        ? `Set HF_TOKEN to a valid one (${TOKENS}), or unset it where the repository is public.`
        : 'Run "hf auth login" again, or "hf auth logout" where the repository is public.';
    return because('hub.token', `${endpoint} does not accept the token in ${source} ("${says}"). ${fix}`);
  }
  if (fault.status === 401 || fault.status === 404) return because('hub.notFound', notFound(reference, settings));
  if (fault.status !== 403) return null;
  const fix = `Set HF_TOKEN to a token that may read the repository (${TOKENS}), or name another repository.`;
  return because('hub.forbidden', `${endpoint} refuses access ("${says}"). ${fix}`);
}

function gatedToken(source: string): string {
  return `see that the token in ${source} is of that account and may read gated repositories (${TOKENS})`;
}

function notFound({ type, name }: HubReference, { endpoint, token, tokenSource }: HubSettings): string {
  const other = type === 'model' ? 'dataset' : 'model';
  const otherName = `hub:${type === 'model' ? 'datasets/' : ''}${name}`;
  const access =
    token === null ? `set HF_TOKEN to a token that may read it (${TOKENS})` : `check whose token ${tokenSource} is`;
  const spelling = name.includes('/')
    ? 'Check its spelling'
    : 'Check its spelling, and whether an owner belongs before it';
  return (
    `${endpoint} shows no ${type} of this name. ${spelling}; if it is private, ${access}; ` +
    `if it is a ${other}, write ${otherName}.`
  );
}

function unreachable(fault: FetchFault, { reference, settings, cached }: Circumstances): UserError {
  const { endpoint, token } = settings;
  const { host } = new URL(fault.url);
  const mirror = `set HF_ENDPOINT to ${endpoint === DEFAULT_ENDPOINT ? 'a mirror of the Hub' : 'another mirror'}`;
  const wait = token === null ? 'Wait some minutes, set HF_TOKEN for a higher limit' : 'Wait some minutes';
  const retry = fault.status === 429 ? wait : 'Check the network and try again';
  const cache = cached
    ? `set HF_HUB_OFFLINE=1 to use what the cache "${settings.cache}" has of it`
    : `copy the repository into the cache "${settings.cache}" from a machine that has it and set HF_HUB_OFFLINE=1`;
  return new UserError(
    'hub.unreachable',
    `${reference.text}: could not be fetched from ${host} (${fault.message}). ${retry}, ${mirror}, or ${cache}.`,
    { cause: fault },
  );
}

function wrongFile(fault: ChecksumFault, { reference }: Circumstances): UserError {
  const { origin, expected, found } = fault;
  const kind = expected.algorithm === 'sha256' ? 'SHA-256' : "git's id";
  return new UserError(
    'hub.checksum',
    `${reference.text}: the file from ${origin} is not the one expected: ${kind} should be ${expected.hex}, and is ` +
      `${found}. It was deleted. Try again; if it stays so, a proxy or mirror alters the file: set HF_ENDPOINT to another mirror.`,
    { cause: fault },
  );
}

function diskFault(error: NodeJS.ErrnoException, { reference, settings }: Circumstances): UserError {
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return new UserError(
      'hub.diskSpace',
      `${reference.text}: the disk of the cache "${settings.cache}" is full. Free some space, or set HF_HUB_CACHE to a ` +
        'folder on a larger disk; then try again, what has arrived is kept.',
      { cause: error },
    );
  }
  return new UserError(
    'hub.cache',
    `${reference.text}: cannot write to the cache "${settings.cache}" (${error.message}). ` +
      'Set HF_HUB_CACHE to a folder that you can write to.',
    { cause: error },
  );
}

import { FetchFault } from '../../src/base/fetchPatiently.ts';
import { UserError } from '../../src/base/userError.ts';
import { explainFault } from './explainFault.ts';
import { fetchSnapshot, type HubProgress } from './fetchSnapshot.ts';
import { findCached, type CachedSnapshot } from './findCached.ts';
import { fetchCommit, fetchListing, type HubConnection } from './hubApi.ts';
import { hasFile, hubCache, isCommit, readRef, snapshotFolder, type HubCache } from './hubCache.ts';
import type { HubFile } from './hubFile.ts';
import { parseHubReference, type HubReference } from './hubReference.ts';
import { readHubSettings, type Environment, type HubSettings } from './hubSettings.ts';
import { selectFiles } from './selectFiles.ts';
import { readTree } from './treeCache.ts';

export interface ResolveHubOptions {
  /**
   * Patterns of the files to fetch, such as `['*.json', '!vocab.json']`: `*` and `?` stand for characters of a name, a
   * folder `**` for any folders, and `!` takes away. Default: what loading a model needs, or all Arrow, JSON and Parquet
   * files of a dataset.
   */
  files?: readonly string[] | undefined;
  /** Where HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_ENDPOINT, HF_HUB_OFFLINE and the like are read. Default `process.env`. */
  env?: Environment | undefined;
  onProgress?: ((progress: HubProgress) => void) | undefined;
  /** Told once when another process is fetching from the repository and has to be waited for. */
  onMessage?: ((message: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Fetches a model or a dataset from the Hugging Face Hub into the cache that is shared with Python's huggingface_hub, as
 * far as it is not there, and returns the folder with its files.
 *
 * A broken download goes on where it stopped, and every file is checked against the Hub's checksum. With `HF_HUB_OFFLINE`
 * set nobody is asked.
 *
 * @throws {UserError} with a code that begins with `hub.`, and the reason of `signal` once that is aborted
 * @example const folder = await resolveHub('hub:HuggingFaceTB/SmolLM2-135M-Instruct@main');
 */
export async function resolveHub(reference: string, options: ResolveHubOptions = {}): Promise<string> {
  const { files = null, env = process.env, signal } = options;
  const parsed = parseHubReference(reference);
  const settings = readHubSettings(env);
  const cache = hubCache(settings.cache, parsed);
  if (settings.offline) return requireCached(await findCached(cache, parsed, files), parsed, settings);
  try {
    return await resolveOnline(
      { connection: { settings, signal }, cache, reference: parsed, patterns: files },
      options,
    );
  } catch (error) {
    signal?.throwIfAborted();
    const cached = error instanceof FetchFault && 'folder' in (await findCached(cache, parsed, files));
    throw explainFault(error, { reference: parsed, settings, cached });
  }
}

function requireCached(found: CachedSnapshot, reference: HubReference, settings: HubSettings): string {
  if ('folder' in found) return found.folder;
  const { text, type, name, revision } = reference;
  const download = `hf download ${name} --repo-type ${type} --revision ${revision}`;
  throw new UserError(
    'hub.offline',
    `${text}: HF_HUB_OFFLINE is set, and the cache "${settings.cache}" lacks ${found.missing}. Unset HF_HUB_OFFLINE (and ` +
      `TRANSFORMERS_OFFLINE) to fetch it, or run "${download}" on a machine with a network and copy its cache.`,
  );
}

interface Request {
  connection: HubConnection;
  cache: HubCache;
  reference: HubReference;
  patterns: readonly string[] | null;
}

async function resolveOnline(
  { connection, cache, reference, patterns }: Request,
  { onProgress = () => undefined, onMessage = () => undefined }: ResolveHubOptions,
): Promise<string> {
  const { revision } = reference;
  const commit = isCommit(revision) ? revision : await fetchCommit(connection, reference);
  // A commit never changes, nor does the list of its files.
  const listing = (await readTree(cache, commit)) ?? (await fetchListing(connection, reference, commit));
  const paths = listing.map(({ path }) => path);
  const chosen = new Set(selectFiles(reference, paths, patterns));
  const wanted = listing.filter(({ path }) => chosen.has(path));
  // Without a lock, so that a cache that others have filled may be read-only.
  const current = isCommit(revision) || (await readRef(cache, revision)) === commit;
  if (!current || !(await hasAll(cache, commit, wanted))) {
    await fetchSnapshot({ connection, cache, reference, commit, listing, wanted, onProgress, onMessage });
  }
  return snapshotFolder(cache, commit);
}

async function hasAll(cache: HubCache, commit: string, files: readonly HubFile[]): Promise<boolean> {
  for (const file of files) if (!(await hasFile(cache, commit, file))) return false;
  return true;
}

import { FetchFault } from '../../src/base/fetchPatiently.ts';
import { explainFault } from './explainFault.ts';
import { filesIn } from './findCached.ts';
import { fetchCommit, fetchListing } from './hubApi.ts';
import { hubCache, isCommit, readRef, snapshotFolder, type HubCache } from './hubCache.ts';
import { parseHubReference, type HubReference } from './hubReference.ts';
import { readHubSettings, type Environment } from './hubSettings.ts';
import { readTree } from './treeCache.ts';

/**
 * The paths of all files of a repository; with `HF_HUB_OFFLINE` set those that the cache knows of.
 *
 * @throws {UserError} as `resolveHub`
 */
export async function listHub(
  text: string,
  { env = process.env, signal }: { env?: Environment | undefined; signal?: AbortSignal | undefined },
): Promise<string[]> {
  const reference = parseHubReference(text);
  const settings = readHubSettings(env);
  const cache = hubCache(settings.cache, reference);
  const { revision } = reference;
  if (settings.offline) return listCached(cache, reference);
  const connection = { settings, signal };
  try {
    const commit = isCommit(revision) ? revision : await fetchCommit(connection, reference);
    const listing = (await readTree(cache, commit)) ?? (await fetchListing(connection, reference, commit));
    return listing.map(({ path }) => path);
  } catch (error) {
    signal?.throwIfAborted();
    const cached = error instanceof FetchFault && (await listCached(cache, reference)).length > 0;
    throw explainFault(error, { reference, settings, cached });
  }
}

async function listCached(cache: HubCache, { revision }: HubReference): Promise<string[]> {
  const commit = isCommit(revision) ? revision : await readRef(cache, revision);
  if (commit === null) return [];
  const tree = await readTree(cache, commit);
  return tree?.map(({ path }) => path) ?? (await filesIn(snapshotFolder(cache, commit)).catch(() => []));
}

import { z } from 'zod';

import { FetchFault, fetchPatiently } from '../../src/base/fetchPatiently.ts';
import { UserError } from '../../src/base/userError.ts';
import { reasonOf } from '../listProblems.ts';
import { commitSchema, hubFileSchema, type HubFile } from './hubFile.ts';
import type { HubReference } from './hubReference.ts';
import { DEFAULT_ENDPOINT, type HubSettings } from './hubSettings.ts';

/** How to speak to the Hub. */
export interface HubConnection {
  settings: HubSettings;
  signal: AbortSignal | undefined;
}

const listedFile = z
  .object({
    path: z.string(),
    size: z.number(),
    oid: z.string(),
    lfs: z.object({ oid: z.string(), size: z.number() }).optional(),
    xetHash: z.string().optional(),
  })
  .transform(({ path, size, oid, lfs, xetHash }) => ({
    path,
    size: lfs?.size ?? size,
    blobId: oid,
    sha256: lfs?.oid ?? null,
    xetHash: xetHash ?? null,
  }))
  .pipe(hubFileSchema);

/** The commit that a revision names at present. */
export async function fetchCommit(connection: HubConnection, { type, name, revision }: HubReference): Promise<string> {
  return speak(connection, async ({ modelInfo, datasetInfo }, access) => {
    const question = { name, revision, ...access };
    const { sha } =
      type === 'model'
        ? await modelInfo({ ...question, additionalFields: ['sha'] })
        : await datasetInfo({ ...question, additionalFields: ['sha'] });
    return commitSchema.parse(sha);
  });
}

/** All files of a commit, those in folders too. */
export async function fetchListing(
  connection: HubConnection,
  { type, name }: HubReference,
  commit: string,
): Promise<HubFile[]> {
  return speak(connection, async ({ listFiles }, access) => {
    const files: HubFile[] = [];
    for await (const entry of listFiles({ repo: { type, name }, revision: commit, recursive: true, ...access })) {
      if (entry.type === 'file') files.push(listedFile.parse(entry));
    }
    return files;
  });
}

/** Where the bytes of a file are to be had; the Hub redirects to its storage from there. */
export function fileAddress({ endpoint }: HubSettings, reference: HubReference, commit: string, path: string): string {
  const encoded = path.split('/').map(encodeURIComponent).join('/');
  return `${repositoryPage(endpoint, reference)}/resolve/${commit}/${encoded}`;
}

/** The address at which people look at a repository. */
export function repositoryPage(endpoint: string, { type, name }: HubReference): string {
  return `${endpoint}/${type === 'dataset' ? 'datasets/' : ''}${name}`;
}

/** The header with the access token, for addresses of the endpoint only. */
export function authorization({ endpoint, token }: HubSettings, address: string): Record<string, string> {
  const own = token !== null && new URL(address).origin === new URL(endpoint).origin;
  return own ? { authorization: `Bearer ${token}` } : {};
}

type Library = typeof import('@huggingface/hub');

/** Lets the library ask through `fetchPatiently`, which has the token and gives it to nobody but the endpoint. */
async function speak<T>(
  { settings, signal }: HubConnection,
  ask: (library: Library, access: { hubUrl: string; fetch: typeof fetch }) => Promise<T>,
): Promise<T> {
  const { endpoint, stallMs } = settings;
  const patiently: typeof fetch = (input) => {
    const given = input instanceof Request ? input.url : input.toString();
    // A mirror may pass on the links to the next page as the Hub wrote them.
    const address = given.startsWith(`${DEFAULT_ENDPOINT}/`) ? endpoint + given.slice(DEFAULT_ENDPOINT.length) : given;
    const headers = { accept: 'application/json', ...authorization(settings, address) };
    return fetchPatiently(address, { headers, signal, stallMs }, async (response) => {
      return new Response(await response.text(), { headers: response.headers });
    });
  };
  // Loaded here, as who only reads local folders needs none of it.
  const library = await import('@huggingface/hub');
  try {
    return await ask(library, { hubUrl: endpoint, fetch: patiently });
  } catch (error) {
    if (error instanceof FetchFault) throw error;
    throw new UserError(
      'hub.response',
      `${endpoint}: expected the answer of a Hugging Face Hub, found another (${reasonOf(error)}). ` +
        'Set HF_ENDPOINT to the address of a Hub, or check what a proxy on the way answers.',
      { cause: error },
    );
  }
}

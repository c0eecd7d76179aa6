import { isHubReference } from '../hub/hubReference.ts';
import type { ResolveHubOptions } from '../hub/resolveHub.ts';
import { openFile, type ByteSource } from './byteSource.ts';
import { findFiles } from './findFiles.ts';
import { hubFiles } from './hubFiles.ts';
import { openUrl, type OpenUrlOptions } from './openUrl.ts';

export interface FindSourcesOptions extends OpenUrlOptions {
  /** How the Hub is asked: where its variables are read, and whom to tell of a download. */
  hub?: Omit<ResolveHubOptions, 'files' | 'signal'> | undefined;
}

/**
 * What opens the files that a place stands for, one after another: see `readRows` for the kinds of places.
 *
 * @throws {UserError} when there are none
 */
export async function findSources(place: string, options: FindSourcesOptions): Promise<(() => Promise<ByteSource>)[]> {
  if (/^https?:\/\//i.test(place)) return [() => openUrl(place, options)];
  if (isHubReference(place)) {
    const files = await hubFiles(place, { ...options.hub, signal: options.signal });
    return files.map(
      ({ path, name }) =>
        () =>
          openFile(path, name),
    );
  }
  return (await findFiles(place)).map((path) => () => openFile(path));
}

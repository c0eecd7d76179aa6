import { isHubReference } from './hubReference.ts';
import { resolveHub, type ResolveHubOptions } from './resolveHub.ts';

/**
 * The folder that a user means by a path or by `hub:owner/name@revision`; what is not there yet is fetched.
 *
 * @throws {UserError} as `resolveHub`
 */
export async function localFolder(pathOrReference: string, options: ResolveHubOptions = {}): Promise<string> {
  return isHubReference(pathOrReference) ? resolveHub(pathOrReference, options) : pathOrReference;
}

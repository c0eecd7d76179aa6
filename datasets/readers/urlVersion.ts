/** By what a file on a server is known to be the same as before. */
export interface UrlVersion {
  byteLength: number;
  etag: string | null;
  lastModified: string | null;
}

/**
 * The version of which an answer is a range; null when it is none, or one of a compressed copy.
 */
export function versionOf({ status, headers }: Response): UrlVersion | null {
  const encoding = headers.get('content-encoding') ?? 'identity';
  // An empty file has no range to give: the server answers 416 and its length.
  const length = /^bytes (?:\d+-\d+|\*)\/(\d+)$/.exec(headers.get('content-range') ?? '')?.[1];
  if ((status !== 206 && !(status === 416 && length === '0')) || length === undefined || encoding !== 'identity')
    return null;
  return { byteLength: Number(length), etag: headers.get('etag'), lastModified: headers.get('last-modified') };
}

export function sameVersion(before: UrlVersion, now: UrlVersion): boolean {
  return before.byteLength === now.byteLength && before.etag === now.etag && before.lastModified === now.lastModified;
}

/** The header that asks for a range of this version only; a weak ETag does not promise equal bytes. */
export function validatorOf({ etag, lastModified }: UrlVersion): Record<string, string> {
  const validator = etag !== null && !etag.startsWith('W/') ? etag : lastModified;
  return validator === null ? {} : { 'if-range': validator };
}

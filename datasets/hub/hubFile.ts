import { z } from 'zod';

import type { Checksum } from '../../src/base/checksum.ts';

/** The id of a commit. */
export const commitSchema = z.string().regex(/^[0-9a-f]{40}$/, 'must be 40 hexadecimal digits');

/** A file of a repository; what is not safe to name a file in the cache is refused. */
export const hubFileSchema = z.object({
  /** Inside the repository, with slashes. */
  path: z.string().refine(isInside, 'must lie inside the repository'),
  /** Bytes. */
  size: z.int().min(0),
  /** What git has: the id of the file itself, or that of the pointer to a large file. */
  blobId: z.string().regex(/^[0-9a-f]{40}$/, 'must be 40 hexadecimal digits'),
  /** Of a large file, null for one that git holds itself. */
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits')
    .nullable(),
  /** The large file's name in the Hub's newer storage. */
  xetHash: z.string().nullable(),
});
export type HubFile = z.infer<typeof hubFileSchema>;

function isInside(path: string): boolean {
  return !/\\|\p{Cc}/u.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

/** The name of the file's bytes in the cache, which is the ETag that the Hub serves them with. */
export function blobName({ sha256, blobId }: HubFile): string {
  return sha256 ?? blobId;
}

export function checksumFor({ sha256, blobId }: HubFile): Checksum {
  return sha256 === null ? { algorithm: 'gitBlob', hex: blobId } : { algorithm: 'sha256', hex: sha256 };
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { verifyChecksum } from '../../src/base/checksum.ts';
import { downloadFile } from '../../src/base/downloadFile.ts';
import { makeFolder } from '../../src/base/makeFolder.ts';
import { UserError } from '../../src/base/userError.ts';

/** AlpacaEval 2's baseline, gpt4_1106_preview. Its licence (CC-BY-NC-4.0) forbids to ship it. */
const OFFICIAL = {
  url: 'https://raw.githubusercontent.com/tatsu-lab/alpaca_eval/main/results/gpt4_1106_preview/model_outputs.json',
  sha256: '83db546b872ddebee8965fd05fa48461ee3c32bc695c62fb57f2d214ff741ec4',
};

/** The name by which a command line asks for it. */
export const OFFICIAL_REFERENCE = 'gpt4_turbo';

export interface FetchReferenceOptions {
  url?: string;
  /** Of the whole file, hexadecimal. */
  sha256?: string;
  signal?: AbortSignal;
}

/**
 * The official baseline of AlpacaEval 2 in a folder: fetched where it is not there yet, and checked by its pinned hash either
 * way.
 *
 * @returns the path of the file
 * @throws {UserError} when it cannot be had, or is another file than the one pinned
 */
export async function fetchReference(folder: string, options: FetchReferenceOptions = {}): Promise<string> {
  const { url = OFFICIAL.url, sha256 = OFFICIAL.sha256, signal } = options;
  const path = join(folder, `${OFFICIAL_REFERENCE}.json`);
  const checksum = { algorithm: 'sha256', hex: sha256 } as const;
  try {
    await makeFolder(folder);
    if (existsSync(path)) await verifyChecksum(path, checksum, url, signal);
    else await downloadFile({ url, path, checksum, size: null, onBytes: () => undefined, signal });
    return path;
  } catch (error) {
    signal?.throwIfAborted();
    const found = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'reference.fetch',
      `--reference ${OFFICIAL_REFERENCE}: expected AlpacaEval's baseline (sha256 ${sha256}) from ${url}, found: ${found}. ` +
        `Fetch it yourself and give its path, or remove ${path} and try again.`,
      { cause: error },
    );
  }
}

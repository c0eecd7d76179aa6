import { ChecksumFault } from '../../base/checksum.ts';
import { FetchFault } from '../../base/fetchPatiently.ts';
import { UserError } from '../../base/userError.ts';

/**
 * Waits for a transfer, and says of its faults what else leads to the native library.
 *
 * @throws {UserError} `engine.download` when the file cannot be had, `engine.checksum` when it is not the one expected
 */
export async function explainDownload<T>(transfer: Promise<T>): Promise<T> {
  try {
    return await transfer;
  } catch (error) {
    if (error instanceof FetchFault) throw unreachable(error);
    if (error instanceof ChecksumFault) throw wrongFile(error);
    throw error;
  }
}

function unreachable(fault: FetchFault): UserError {
  return new UserError(
    'engine.download',
    `Could not download ${fault.url} (${fault.message}). Connect to the network and run "nashtune setup" again, or set ` +
      'NASHTUNE_WHEEL_INDEX to a mirror of the Python package index, or NASHTUNE_TENSORFLOW to a folder that holds ' +
      'libtensorflow_cc.so.2 and libtensorflow_framework.so.2.',
    { cause: fault },
  );
}

function wrongFile(fault: ChecksumFault): UserError {
  return new UserError(
    'engine.checksum',
    `The file from ${fault.origin} is not the one expected: SHA-256 should be ${fault.expected.hex}, and is ` +
      `${fault.found}. It was deleted. Try again; if it stays so, a proxy or mirror alters the file: set ` +
      'NASHTUNE_WHEEL_INDEX to another index.',
    { cause: fault },
  );
}

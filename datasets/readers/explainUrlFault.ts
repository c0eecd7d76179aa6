import type { FetchFault } from '../../src/base/fetchPatiently.ts';
import { UserError } from '../../src/base/userError.ts';

const TLS_CODES = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY/;

/** Turns a fault of fetching an address into an error that says what to do about it. */
export function explainUrlFault(name: string, fault: FetchFault): UserError {
  const { host, hostname } = new URL(fault.url);
  const because = (code: string, message: string): UserError =>
    new UserError(code, `${name}: ${message}`, { cause: fault });
  if (fault.status === 404 || fault.status === 410) {
    return because('url.missing', `expected a file, ${host} has none there (${fault.message}). Check the address.`);
  }
  if (fault.status === 401 || fault.status === 403) {
    const fix = hostname.endsWith('huggingface.co')
      ? 'Write it as hub:datasets/owner/name and set HF_TOKEN.'
      : 'Use an address that carries its key or login (https://name:password@host/...), or download it and name the copy.';
    return because('url.refused', `${host} does not hand the file to everybody (${fault.message}). ${fix}`);
  }
  if (fault.status === null && TLS_CODES.test(fault.message)) {
    return because(
      'url.certificate',
      `the connection to ${host} cannot be trusted (${fault.message}). If a proxy of yours stands between, name its ` +
        "certificate in NODE_EXTRA_CA_CERTS; check the computer's clock; else download the file another way.",
    );
  }
  if (/terminated|connection closed/.test(fault.message)) {
    const fix = 'Try again later, or download the file and name the copy.';
    return because(
      'url.truncated',
      `expected the whole file, ${host} sent a part of it, each time anew (${fault.message}). ${fix}`,
    );
  }
  const fix = 'Check the address and the network and try again, or download it and name the copy.';
  return because('url.unreachable', `could not be fetched from ${host} (${fault.message}). ${fix}`);
}

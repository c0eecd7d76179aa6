import { FetchFault, fetchPatiently, TransientError } from '../../src/base/fetchPatiently.ts';
import { UserError } from '../../src/base/userError.ts';
import { spoolBytes, type ByteSource } from './byteSource.ts';
import { explainUrlFault } from './explainUrlFault.ts';
import { sameVersion, validatorOf, versionOf, type UrlVersion } from './urlVersion.ts';

export interface OpenUrlOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds of silence after which a connection is given up. Default 60,000. */
  stallMs?: number | undefined;
}

/** Bytes asked for at a time: a block is fetched while the one before it is read. */
const BLOCK_BYTES = 1 << 22;

/**
 * Opens a file on a web server. Where the server gives ranges, it is fetched in blocks, each of which goes on where a
 * broken connection left it; else it is copied to a temporary file first.
 *
 * @throws {UserError} when it cannot be had, and when it changes while it is being read
 */
export async function openUrl(address: string, options: OpenUrlOptions = {}): Promise<ByteSource> {
  const url = new URL(address);
  const { username, password } = url;
  url.username = url.password = '';
  const login = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const file = new UrlFile(url, username === '' ? {} : { authorization: `Basic ${login}` }, options);
  try {
    return (await file.openRanges()) ?? (await file.spool());
  } catch (error) {
    throw file.explained(error);
  }
}

class UrlFile {
  /** Without the query, which may hold a key, and without a password. */
  readonly #name: string;
  readonly #url: string;
  readonly #headers: Record<string, string>;
  readonly #closing = new AbortController();
  readonly #options: OpenUrlOptions;

  constructor(url: URL, headers: Record<string, string>, { signal, stallMs }: OpenUrlOptions) {
    this.#name = `${url.origin}${url.pathname}`;
    this.#url = url.href;
    this.#headers = headers;
    const signals = signal === undefined ? [] : [signal];
    this.#options = { signal: AbortSignal.any([this.#closing.signal, ...signals]), stallMs };
  }

  explained(error: unknown): unknown {
    return error instanceof FetchFault ? explainUrlFault(this.#name, error) : error;
  }

  /** Null when the server gives no ranges of the file as it is. */
  async openRanges(): Promise<ByteSource | null> {
    const headers = { ...this.#headers, range: `bytes=0-${BLOCK_BYTES - 1}` };
    return fetchPatiently(this.#url, { ...this.#options, headers }, async (response, alive) => {
      const version = versionOf(response);
      if (version === null) {
        await response.body?.cancel();
        return null;
      }
      const first = new Uint8Array(Math.min(version.byteLength, BLOCK_BYTES));
      await fill(first, 0, response, () => alive(true));
      return this.#source(version, first);
    });
  }

  /** Copies the file as a whole, again from its start when the connection breaks. */
  async spool(): Promise<ByteSource> {
    return fetchPatiently(this.#url, { ...this.#options, headers: this.#headers }, async (response, alive) => {
      const { body } = response;
      async function* chunks(): AsyncGenerator<Uint8Array> {
        for await (const chunk of body ?? []) {
          alive(false);
          yield chunk;
        }
      }
      return spoolBytes(this.#name, chunks());
    });
  }

  #source(version: UrlVersion, first: Uint8Array): ByteSource {
    const { byteLength } = version;
    const slice = async (start: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
      if (end > byteLength) throw new Error(`it ends before byte ${end}`);
      if (end <= first.length) return first.slice(start, end);
      return this.#range(version, start, end);
    };
    return {
      name: this.#name,
      byteLength,
      head: (length) => slice(0, Math.min(length, byteLength)),
      slice,
      stream: () => this.#stream(version, first),
      close: async () => this.#closing.abort(new Error('closed')),
    };
  }

  async *#stream(version: UrlVersion, first: Uint8Array): AsyncGenerator<Uint8Array> {
    const blockAt = (start: number): Promise<Uint8Array> | undefined => {
      if (start >= version.byteLength) return undefined;
      const block = this.#range(version, start, Math.min(start + BLOCK_BYTES, version.byteLength));
      // Whoever stops early leaves a block that nobody waits for, and that closing breaks off.
      block.catch(() => undefined);
      return block;
    };
    let next = blockAt(first.length);
    if (first.length > 0) yield first;
    for (let at = first.length; next !== undefined;) {
      const block = await next;
      at += block.length;
      next = blockAt(at);
      yield block;
    }
  }

  async #range(version: UrlVersion, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(end - start);
    let filled = 0;
    const headers = async (): Promise<Record<string, string>> => ({
      ...this.#headers,
      ...validatorOf(version),
      range: `bytes=${start + filled}-${end - 1}`,
    });
    try {
      await fetchPatiently(this.#url, { ...this.#options, headers }, async (response, alive) => {
        const now = versionOf(response);
        if (now === null || !sameVersion(version, now)) {
          await response.body?.cancel();
          throw changed(this.#name);
        }
        const onBytes = (count: number): void => {
          filled += count;
          alive(true);
        };
        if (response.headers.get('content-range')?.startsWith(`bytes ${start + filled}-`) !== true) {
          throw new TransientError('answered with another range than asked for');
        }
        await fill(bytes, filled, response, onBytes);
      });
      return bytes;
    } catch (error) {
      throw this.explained(error);
    }
  }
}

/** Writes the body of an answer into `bytes`, from `start` to their end. */
async function fill(
  bytes: Uint8Array,
  start: number,
  { headers, body }: Response,
  onBytes: (count: number) => void,
): Promise<void> {
  let at = start;
  for await (const chunk of body ?? []) {
    if (at + chunk.length > bytes.length)
      throw new TransientError(`more bytes than asked for (${headers.get('content-range')})`);
    bytes.set(chunk, at);
    at += chunk.length;
    onBytes(chunk.length);
  }
  if (at < bytes.length)
    throw new TransientError(`connection closed at ${at - start} of ${bytes.length - start} bytes`);
}

function changed(name: string): UserError {
  return new UserError(
    'url.changed',
    `${name}: expected one version of the file, found another on the server while it was being read. Start again; if it ` +
      'stays so, download it and name the copy.',
  );
}

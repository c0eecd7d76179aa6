import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

export const COMMIT = '0123456789abcdef0123456789abcdef01234567';

export interface ServedFile {
  bytes: Buffer;
  /** Kept outside git: served by redirect to the storage, and checked by SHA-256. */
  large?: boolean;
}

export interface HubOptions {
  type?: 'model' | 'dataset';
  /** Default `org/name`. */
  name?: string;
  /** A name from before there were owners, from which the Hub redirects. */
  oldName?: string;
  files: Record<string, ServedFile>;
  /** Files in one page of the listing. */
  pageSize?: number;
}

export interface HubRequest {
  server: 'hub' | 'storage';
  /** Path and query. */
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

export interface HubServer {
  endpoint: string;
  requests: HubRequest[];
  /** Commits by branch or tag. */
  refs: Record<string, string>;
  /** Answers the next requests of the API (or for files) with these states and headers. */
  refusals: { status: number; headers?: Record<string, string> }[];
  fileRefusals: { status: number; headers?: Record<string, string> }[];
  /** Answers every request of the API with this page. */
  page: string | null;
  /** Cuts the connection after this many bytes of a large file, as often as there are entries. */
  drops: number[];
  /** Bytes that are sent instead of the large files. */
  altered: Buffer | null;
  /** Answers every request for a large file with this state. */
  storageRefusal: number | null;
  /** Milliseconds before a large file is sent. */
  delay: number;
  /** Base address in the links from one page of the listing to the next; default the endpoint. */
  linkBase: string;
  /** Base address of where the old name redirects; default the path alone, as the Hub does. */
  redirectBase: string;
  close(): Promise<void>;
}

/** What the Hub lists of a file: git's id of it or of the pointer to it, and the checksum of a large one. */
export function idsOf({ bytes, large = false }: ServedFile): { oid: string; sha256: string | null } {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`;
  return { oid: gitBlob(large ? Buffer.from(pointer) : bytes), sha256: large ? sha256 : null };
}

function gitBlob(bytes: Buffer): string {
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

/**
 * A Hub on the loopback device with one repository, and its storage on another port: revision and tree of the API as
 * `@huggingface/hub` asks for them, `resolve` with Range, redirects and ETags as both huggingface_hubs expect them.
 */
export async function startHubServer(options: HubOptions): Promise<HubServer> {
  const { type = 'model', name = 'org/name', oldName, files, pageSize = 1000 } = options;
  const hub = createServer((request, response) => answer('hub', request, response));
  const storage = createServer((request, response) => answer('storage', request, response));
  const [endpoint, storageAddress] = [await listen(hub), await listen(storage)];
  const api = `/api/${type}s/${name}`;
  const page = `/${type === 'dataset' ? 'datasets/' : ''}${name}`;
  const state: HubServer = {
    endpoint,
    requests: [],
    refs: { main: COMMIT },
    refusals: [],
    fileRefusals: [],
    page: null,
    drops: [],
    altered: null,
    storageRefusal: null,
    delay: 0,
    linkBase: endpoint,
    redirectBase: '',
    close: async () => {
      for (const server of [hub, storage]) {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    },
  };
  onTestFinished(() => state.close());

  function answer(server: 'hub' | 'storage', request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? '';
    const { range, authorization } = request.headers;
    state.requests.push({ server, path, range, authorization });
    if (server === 'storage') return void sendLarge(path, request, response);
    const refusal = (path.startsWith('/api/') ? state.refusals : state.fileRefusals).shift();
    if (refusal !== undefined) return void response.writeHead(refusal.status, refusal.headers).end();
    if (path.startsWith('/api/') && state.page !== null) return void response.end(state.page);
    const old = oldName === undefined ? -1 : path.indexOf(`/${oldName}/`);
    if (old >= 0) {
      const moved = `${path.slice(0, old)}/${name}/${path.slice(old + `/${oldName}/`.length)}`;
      return void response.writeHead(307, { location: state.redirectBase + moved }).end();
    }
    const url = new URL(path, endpoint);
    if (url.pathname.startsWith(`${api}/revision/`)) return sendCommit(url, response);
    if (url.pathname.startsWith(`${api}/tree/`)) return sendTree(url, response);
    if (url.pathname.startsWith(`${page}/resolve/`)) return sendFile(url, request, response);
    refuse(response, 404, 'RepoNotFound');
  }

  function commitOf(revision: string): string | undefined {
    return state.refs[revision] ?? Object.values(state.refs).find((commit) => commit === revision);
  }

  function sendCommit(url: URL, response: ServerResponse): void {
    const sha = commitOf(decodeURIComponent(url.pathname.slice(`${api}/revision/`.length)));
    if (sha === undefined) return refuse(response, 404, 'RevisionNotFound');
    sendJson(response, {
      _id: '1',
      id: name,
      modelId: name,
      sha,
      private: false,
      siblings: [],
      tags: [],
      downloads: 1,
    });
  }

  function sendTree(url: URL, response: ServerResponse): void {
    if (commitOf(url.pathname.slice(`${api}/tree/`.length)) === undefined)
      return refuse(response, 404, 'RevisionNotFound');
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const entries = Object.entries(files).map(([path, file]) => {
      const { oid, sha256 } = idsOf(file);
      const { length: size } = file.bytes;
      const lfs = sha256 === null ? {} : { lfs: { oid: sha256, size, pointerSize: 130 } };
      return { type: 'file', path, size, oid, ...lfs };
    });
    const folders = [...new Set(Object.keys(files).filter((path) => path.includes('/')))].map((path) => {
      return { type: 'directory', path: path.slice(0, path.lastIndexOf('/')), size: 0, oid: '0'.repeat(40) };
    });
    const all = [...folders, ...entries];
    if (start + pageSize < all.length) {
      url.searchParams.set('cursor', String(start + pageSize));
      response.setHeader('link', `<${state.linkBase}${url.pathname}${url.search}>; rel="next"`);
    }
    sendJson(response, all.slice(start, start + pageSize));
  }

  function sendFile(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const [commit = '', ...parts] = url.pathname.slice(`${page}/resolve/`.length).split('/');
    const path = decodeURIComponent(parts.join('/'));
    const file = files[path];
    if (file === undefined || commitOf(commit) === undefined) return refuse(response, 404, 'EntryNotFound');
    const { oid, sha256 } = idsOf(file);
    response.setHeader('x-repo-commit', commitOf(commit) ?? '');
    response.setHeader('accept-ranges', 'bytes');
    if (sha256 === null) return send(file.bytes, `"${oid}"`, request, response);
    const headers = { 'x-linked-etag': `"${sha256}"`, 'x-linked-size': file.bytes.length, etag: `"${oid}"` };
    response.writeHead(302, { ...headers, location: `${storageAddress}/${sha256}?signature=secret` }).end();
  }

  async function sendLarge(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (state.delay > 0) await new Promise((resolve) => setTimeout(resolve, state.delay));
    if (!storage.listening) return void response.destroy();
    const sha256 = path.slice(1).split('?')[0] ?? '';
    const file = Object.values(files).find((candidate) => idsOf(candidate).sha256 === sha256);
    const refusal = file === undefined ? 404 : state.storageRefusal;
    if (file === undefined || refusal !== null) return void response.writeHead(refusal ?? 404).end();
    send(state.altered ?? file.bytes, `"${sha256}"`, request, response);
  }

  function send(bytes: Buffer, etag: string, request: IncomingMessage, response: ServerResponse): void {
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(range?.[1] ?? 0);
    if (range !== null && start >= bytes.length) return void response.writeHead(416).end();
    const body = bytes.subarray(start, range?.[2] ? Number(range[2]) + 1 : bytes.length);
    const headers: Record<string, string | number> = { etag, 'content-length': body.length };
    if (range !== null) headers['content-range'] = `bytes ${start}-${start + body.length - 1}/${bytes.length}`;
    response.writeHead(range === null ? 200 : 206, headers);
    if (request.method === 'HEAD') return void response.end();
    const drop = request.socket.localPort === portOf(storage) ? state.drops.shift() : undefined;
    if (drop === undefined) return void response.end(body);
    response.write(body.subarray(0, drop), () => setTimeout(() => response.destroy(), 50));
  }

  return state;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${portOf(server)}`;
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function sendJson(response: ServerResponse, value: unknown): void {
  response.setHeader('content-type', 'application/json; charset=utf-8').end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-error-code': code, 'x-error-message': code }).end();
}

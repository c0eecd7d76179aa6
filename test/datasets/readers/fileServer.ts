import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does with a request; each has the number of the request, from 0, to go by. */
export interface Behaviour {
  bytes: (request: number) => Buffer;
  ranges?: boolean;
  headers?: (request: number) => Record<string, string>;
  /** Refuses with this state. */
  status?: (request: number) => number;
  /** Sends so many bytes and then cuts the connection, or says no more. */
  breakAfter?: (request: number) => number | undefined;
  breakBy?: 'cut' | 'stall';
}

export interface FileServer {
  url: string;
  ranges: (string | undefined)[];
  authorizations: (string | undefined)[];
}

const servers: Server[] = [];

/** For `afterAll`: tests run at the same time, and the hooks of a test are not told apart then. */
export async function closeFileServers(): Promise<void> {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

/** A server on the loopback device with one file under `/rows.jsonl`, to which `/old` redirects. */
export async function startFileServer(behaviour: Behaviour): Promise<FileServer> {
  const state: FileServer = { url: '', ranges: [], authorizations: [] };
  const server = createServer((request, response) => answer(behaviour, state, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rows.jsonl`;
  servers.push(server);
  return state;
}

function answer(behaviour: Behaviour, state: FileServer, request: IncomingMessage, response: ServerResponse): void {
  if (request.url === '/old') return void response.writeHead(302, { location: '/rows.jsonl' }).end();
  const number = state.ranges.push(request.headers.range) - 1;
  state.authorizations.push(request.headers.authorization);
  const bytes = behaviour.bytes(number);
  const headers = { etag: '"1"', ...behaviour.headers?.(number) };
  const refusal = behaviour.status?.(number) ?? 200;
  if (refusal !== 200) return void response.writeHead(refusal).end();
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const condition = request.headers['if-range'];
  const partial = behaviour.ranges !== false && first !== undefined && (condition ?? headers.etag) === headers.etag;
  const start = partial ? Number(first) : 0;
  const end = partial ? Math.min(Number(last) + 1, bytes.length) : bytes.length;
  if (partial && start >= bytes.length) {
    return void response.writeHead(416, { ...headers, 'content-range': `bytes */${bytes.length}` }).end();
  }
  const range = partial ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {};
  response.writeHead(partial ? 206 : 200, { 'content-length': end - start, ...headers, ...range });
  const part = bytes.subarray(start, end);
  const limit = behaviour.breakAfter?.(number);
  if (limit === undefined || limit >= part.length) return void response.end(part);
  response.write(part.subarray(0, limit), () => {
    if (behaviour.breakBy !== 'stall') setTimeout(() => response.destroy(), 20);
  });
}

import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

export interface WheelServer {
  /** Base address of the index. */
  index: string;
  /** What was asked for, such as `GET /files/a.whl bytes=100-`. */
  requests: string[];
  /** Cuts the connection after this many bytes of a file, as often as there are entries. */
  drops: number[];
  /** Answers the next requests for files with these states. */
  failures: number[];
  /** Whether it continues a transfer. Default true. */
  ranges: boolean;
  /** Milliseconds before a file is sent. */
  delay: number;
  close(): Promise<void>;
}

export interface ServedFile {
  project: string;
  fileName: string;
  bytes: Buffer;
  /** Leave out the checksum. */
  unchecked?: boolean;
}

/** A package index on the loopback device: JSON when asked for it (unless `html`), and files with Range. */
export async function startWheelServer(files: ServedFile[], { html = false } = {}): Promise<WheelServer> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const state: WheelServer = {
    index: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    requests: [],
    drops: [],
    failures: [],
    ranges: true,
    delay: 0,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  onTestFinished(() => state.close());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '';
    const range = request.headers.range;
    state.requests.push([request.method, url, range].filter((part) => part !== undefined).join(' '));
    const project = /^\/simple\/([^/]+)\/$/.exec(url)?.[1];
    if (project !== undefined) return list(project, request, response);
    const file = files.find(({ fileName }) => url === `/files/${fileName}`);
    const failure = state.failures.shift();
    if (file === undefined || failure !== undefined) return void response.writeHead(failure ?? 404).end();
    if (state.delay > 0) await new Promise((resolve) => setTimeout(resolve, state.delay));
    send(file.bytes, state.ranges ? range : undefined, response);
  }

  function list(project: string, request: IncomingMessage, response: ServerResponse): void {
    const listed = files.filter((file) => file.project === project);
    if (listed.length === 0) return void response.writeHead(404).end();
    if (html || request.headers.accept?.includes('json') !== true) {
      const links = listed.map((file) => {
        const hash = file.unchecked === true ? '' : `#sha256=${sha256(file.bytes)}`;
        return `<a href="../../files/${file.fileName}${hash}" data-requires-python="&gt;=3.7">${file.fileName}</a><br/>`;
      });
      return void response.setHeader('content-type', 'text/html').end(`<html><body>${links.join('\n')}</body></html>`);
    }
    const entries = listed.map(({ fileName, bytes, unchecked }) => ({
      filename: fileName,
      url: `../../files/${fileName}`,
      hashes: unchecked === true ? {} : { sha256: sha256(bytes) },
      size: bytes.length,
      yanked: false,
    }));
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json').end(JSON.stringify({ files: entries }));
  }

  function send(bytes: Buffer, range: string | undefined, response: ServerResponse): void {
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    if (start >= bytes.length) return void response.writeHead(416).end();
    const body = bytes.subarray(start);
    const headers: Record<string, string | number> = { 'content-length': body.length };
    if (range !== undefined) headers['content-range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(range === undefined ? 200 : 206, headers);
    const drop = state.drops.shift();
    if (drop === undefined) return void response.end(body);
    response.write(body.subarray(0, drop), () => setTimeout(() => response.destroy(), 50));
  }

  return state;
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

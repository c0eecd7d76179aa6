import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

import { loadPolicy } from '../../../src/models/index.ts';
import { createSampler, type GeneratedResponse } from '../../../src/sampling/index.ts';

/** A request for a completion as the server received it. */
export interface ReceivedPrompt {
  model: string;
  prompt: number[];
  max_tokens: number;
  temperature: number;
  top_p: number;
  seed: number;
  stop_token_ids: number[];
}

/** What the server does in place of answering, or with its answer. */
export type Misdeed =
  | { status: number; headers?: Record<string, string>; message?: string }
  | 'cut'
  | 'stall'
  | ((body: Record<string, unknown>) => void);

export interface PolicyServer {
  baseURL: string;
  reloadURL: string;
  prompts: ReceivedPrompt[];
  /** What reloading was asked with. */
  reloads: { folder: string; hash: string; model: string }[];
  /** Id under which what was loaded last is served. */
  served(): string | undefined;
  serveAs(id: string): void;
  mostAtOnce(): number;
}

export interface PolicyServerOptions {
  /** Called for each request with how many came before it. */
  misdeed?: (prompt: ReceivedPrompt, before: number) => Misdeed | undefined;
  /** How token ids are told. */
  dialect?: 'token_ids' | 'tokens' | 'llama.cpp';
  /** Id under which weights are served that were given as `model`. */
  nameOf?: (model: string) => string;
  /** Folder whose weights are taken in place of those that it is given. */
  folderOf?: (folder: string) => string;
}

type Drawing = (prompt: ReceivedPrompt) => Promise<GeneratedResponse>;

/**
 * A server of text completions that speaks as vLLM or llama.cpp's server do, and draws from a real policy: the one in the
 * folder that it was told to load last.
 */
export async function startPolicyServer(options: PolicyServerOptions = {}): Promise<PolicyServer> {
  const { misdeed, dialect = 'token_ids', nameOf = (model) => model, folderOf = (folder) => folder } = options;
  const prompts: ReceivedPrompt[] = [];
  const reloads: PolicyServer['reloads'] = [];
  let served: string | undefined;
  let draw: Drawing | undefined;
  let closed = false;
  let open = 0;
  let most = 0;
  // One after the other: the server's policy and the test's own share an engine.
  let line: Promise<unknown> = Promise.resolve();

  async function load(request: PolicyServer['reloads'][number]): Promise<void> {
    reloads.push(request);
    const policy = await loadPolicy(folderOf(request.folder), { frozen: true });
    const sampler = createSampler(policy);
    onTestFinished(async () => {
      closed = true;
      await line;
      sampler.dispose();
      policy.dispose();
    });
    served = nameOf(request.model);
    draw = async ({ prompt, max_tokens, temperature, top_p, seed, stop_token_ids: [endToken = -1, ...stopTokens] }) => {
      const drawing = { maxNewTokens: max_tokens, temperature, topP: top_p, seed, endToken, stopTokens, padToken: 0 };
      const [response] = await sampler.generate([{ key: '', promptTokens: prompt }], { ...drawing, batchSize: 1 });
      return response!;
    };
  }

  async function answer(prompt: ReceivedPrompt): Promise<{ status: number; body: object }> {
    if (prompt.model !== served) return { status: 404, body: { error: { message: `no model ${prompt.model}` } } };
    const turn = line.then(() => (closed ? Promise.reject(new Error('closed')) : draw!(prompt)));
    line = turn.catch(() => undefined);
    return { status: 200, body: completionOf(await turn, dialect) };
  }

  const server = createServer((request, response) => {
    const end = (status: number, body: object, headers: object = {}, cut = false): void => {
      const text = JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length, ...headers });
      if (cut) response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
      else response.end(text);
    };
    void (async () => {
      const body = await bodyOf(request);
      if (request.url === '/v1/models') {
        end(200, { object: 'list', data: served === undefined ? [] : [{ id: served, object: 'model' }] });
        return;
      }
      if (request.url === '/reload') {
        await load(JSON.parse(body) as PolicyServer['reloads'][number]);
        end(200, {});
        return;
      }
      const prompt = JSON.parse(body) as ReceivedPrompt;
      const wrong = misdeed?.(prompt, prompts.length);
      prompts.push(prompt);
      most = Math.max(most, ++open);
      response.on('close', () => (open -= 1));
      if (wrong === 'stall') return;
      if (typeof wrong === 'object') {
        end(wrong.status, { error: { message: wrong.message ?? 'no' } }, wrong.headers);
        return;
      }
      const { status, body: completion } = await answer(prompt);
      if (typeof wrong === 'function') wrong(completion as Record<string, unknown>);
      end(status, completion, {}, wrong === 'cut');
    })().catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    baseURL: `${address}/v1`,
    reloadURL: `${address}/reload`,
    prompts,
    reloads,
    served: () => served,
    serveAs: (id) => (served = id),
    mostAtOnce: () => most,
  };
}

function completionOf({ tokenIds, tokenLogProbs, finishReason }: GeneratedResponse, dialect: string): object {
  const logprobs = {
    token_ids: { tokens: tokenIds.map(() => '?'), token_logprobs: tokenLogProbs },
    tokens: { tokens: tokenIds.map((id) => `token_id:${id}`), token_logprobs: tokenLogProbs },
    'llama.cpp': { content: tokenIds.map((id, t) => ({ id, token: '?', logprob: tokenLogProbs[t] })) },
  }[dialect];
  return {
    object: 'text_completion',
    choices: [
      {
        index: 0,
        text: '?',
        finish_reason: finishReason,
        ...(dialect === 'token_ids' ? { token_ids: tokenIds } : {}),
        logprobs,
      },
    ],
    usage: { completion_tokens: tokenIds.length },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

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
  top_k: number;
  min_p: number;
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
  /** How token ids are told. llama.cpp's server is asked at `/completion`, and knows no end tokens but its own. */
  dialect?: Dialect;
  /** Of llama.cpp's server, which leaves out the log-probabilities of some tokens: whether it tells that at `place`. */
  tells?: (place: number) => boolean;
  /** Id under which weights are served that were given as `model`. */
  nameOf?: (model: string) => string;
  /** Folder whose weights are taken in place of those that it is given. */
  folderOf?: (folder: string) => string;
}

type Dialect = 'token_ids' | 'tokens' | 'content' | 'llama.cpp';

/** What a server does where a request does not say: that of llama.cpp's. */
const DEFAULTS = { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05, stop_token_ids: [] };

type Drawing = (prompt: ReceivedPrompt) => Promise<GeneratedResponse>;

/**
 * A server of text completions that speaks as vLLM or llama.cpp's server do, and draws from a real policy: the one in the
 * folder that it was told to load last.
 */
export async function startPolicyServer(options: PolicyServerOptions = {}): Promise<PolicyServer> {
  const {
    misdeed,
    dialect = 'token_ids',
    tells = () => true,
    nameOf = (model) => model,
    folderOf = (folder) => folder,
  } = options;
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
    draw = async ({ prompt, max_tokens, temperature, seed, ...rest }) => {
      const { top_k, top_p: topP, min_p: minP, stop_token_ids: ends } = rest;
      const [endToken = -1, ...stopTokens] = ends;
      const filters = { topP, minP, ...(top_k === 0 ? {} : { topK: top_k }) };
      const drawing = { maxNewTokens: max_tokens, temperature, seed, endToken, stopTokens, padToken: 0, ...filters };
      const [response] = await sampler.generate([{ key: '', promptTokens: prompt }], { ...drawing, batchSize: 1 });
      return response!;
    };
  }

  async function answer(prompt: ReceivedPrompt): Promise<{ status: number; body: object }> {
    if (prompt.model !== served) return { status: 404, body: { error: { message: `no model ${prompt.model}` } } };
    const turn = line.then(() => (closed ? Promise.reject(new Error('closed')) : draw!(prompt)));
    line = turn.catch(() => undefined);
    return { status: 200, body: completionOf(await turn, dialect, tells) };
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
        end(200, {
          object: 'list',
          data: served === undefined ? [] : [{ id: served, owned_by: dialect === 'llama.cpp' ? 'llamacpp' : 'vllm' }],
        });
        return;
      }
      if (request.url === '/reload') {
        await load(JSON.parse(body) as PolicyServer['reloads'][number]);
        end(200, {});
        return;
      }
      if (request.url !== (dialect === 'llama.cpp' ? '/completion' : '/v1/completions')) {
        end(404, { error: { message: `no such address: ${request.url}` } });
        return;
      }
      const { n_predict, ...asked } = JSON.parse(body) as ReceivedPrompt & { n_predict?: number };
      const prompt: ReceivedPrompt = {
        ...DEFAULTS,
        ...(n_predict === undefined ? {} : { max_tokens: n_predict }),
        ...asked,
      };
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

function completionOf(
  { tokenIds, tokenLogProbs, finishReason }: GeneratedResponse,
  dialect: Dialect,
  tells: (place: number) => boolean,
): object {
  const told = tokenIds.map((id, t) => ({ id, token: '?', logprob: tokenLogProbs[t] }));
  if (dialect === 'llama.cpp') {
    return {
      content: '?',
      tokens: tokenIds,
      tokens_predicted: tokenIds.length,
      stop_type: finishReason === 'stop' ? 'eos' : 'limit',
      completion_probabilities: told.filter((_, t) => tells(t)),
    };
  }
  const logprobs = {
    token_ids: { tokens: tokenIds.map(() => '?'), token_logprobs: tokenLogProbs },
    tokens: { tokens: tokenIds.map((id) => `token_id:${id}`), token_logprobs: tokenLogProbs },
    content: { content: told },
  }[dialect];
  const ids = dialect === 'token_ids' ? { token_ids: tokenIds } : {};
  return {
    object: 'text_completion',
    choices: [{ index: 0, text: '?', finish_reason: finishReason, ...ids, logprobs }],
    usage: { completion_tokens: tokenIds.length },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

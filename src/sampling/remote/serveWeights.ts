import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import OpenAI from 'openai';

import { UserError } from '../../base/userError.ts';

/** Weights that a server must have before it is asked. */
export interface ServedWeights {
  /** Folder in Hugging Face layout, as an absolute path. */
  folder: string;
  /** Names the weights; the served model's id must contain it. */
  hash: string;
}

export interface ServeWeightsOptions {
  /** Where the API is, `/v1` included. */
  baseURL: string;
  /** Default: `OPENAI_API_KEY`. */
  apiKey?: string | undefined;
  /**
   * How the server gets the weights: an address that is sent `{"folder", "hash", "model"}`, or a command, which finds them in
   * `NASHTUNE_CHECKPOINT`, `NASHTUNE_POLICY_HASH` and `NASHTUNE_MODEL` and must return once the server is on its way.
   */
  reload?: string | undefined;
  /** How long the server may take until it serves them. */
  waitSeconds: number;
  signal: AbortSignal;
  onMessage?: ((text: string) => void) | undefined;
}

/** How a server is asked: as OpenAI's API with vLLM's extensions, or at llama.cpp's own address. */
export type Dialect = 'openai' | 'llama.cpp';

/** A model that a server serves. */
export interface ServedModel {
  id: string;
  dialect: Dialect;
}

const POLL_MS = 500;

/**
 * Sees to it that a server has certain weights, and tells under which id and how it is asked. A server that has them already is left alone.
 *
 * @throws {UserError} `sampling.reload` when reloading fails, `sampling.stale` when the server does not serve them in time
 */
export async function serveWeights(weights: ServedWeights, options: ServeWeightsOptions): Promise<ServedModel> {
  const { baseURL, apiKey = process.env['OPENAI_API_KEY'], reload, waitSeconds, signal } = options;
  const client = new OpenAI({ baseURL, apiKey: apiKey || 'none', maxRetries: 0, timeout: 30_000 });
  const present = await served(client, signal);
  const there = modelOf(weights, present);
  if (there) return there;
  if (reload === undefined) throw stale(weights, options, present);
  const model = `policy-${weights.hash}`;
  options.onMessage?.(`Giving ${weights.folder} to ${baseURL} as ${model} ...`);
  if (/^https?:\/\//.test(reload)) await post(reload, { ...weights, model }, signal);
  else await execute(reload, { ...weights, model }, signal);
  const end = Date.now() + waitSeconds * 1000;
  for (;;) {
    const now = await served(client, signal);
    const found = modelOf(weights, now);
    if (found) return found;
    if (Date.now() >= end) throw stale(weights, options, now);
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

const modelOf = ({ hash }: ServedWeights, models: readonly ServedModel[] | string): ServedModel | undefined =>
  typeof models === 'string' ? undefined : models.find(({ id }) => id.includes(hash));

/** The models that are served, or why there are none: a server may be on its way. */
async function served(client: OpenAI, signal: AbortSignal): Promise<ServedModel[] | string> {
  try {
    const { data } = await client.models.list({ signal });
    return data.map(({ id, owned_by: owner }) => ({ id, dialect: owner === 'llamacpp' ? 'llama.cpp' : 'openai' }));
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

interface Reloading extends ServedWeights {
  model: string;
}

async function post(address: string, body: Reloading, signal: AbortSignal): Promise<void> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    throw notReloaded(address, (error as Error).message, error);
  });
  if (!response.ok) throw notReloaded(address, `${response.status} ${await response.text()}`);
}

async function execute(command: string, { folder, hash, model }: Reloading, signal: AbortSignal): Promise<void> {
  const env = { ...process.env, NASHTUNE_CHECKPOINT: folder, NASHTUNE_POLICY_HASH: hash, NASHTUNE_MODEL: model };
  await promisify(execFile)('/bin/sh', ['-c', command], { env, signal }).catch((error: Error & { stderr?: string }) => {
    signal.throwIfAborted();
    const end = error.stderr?.trim().split('\n').slice(-5).join('\n');
    throw notReloaded(command, end || error.message, error);
  });
}

function notReloaded(reload: string, reason: string, cause?: unknown): UserError {
  return new UserError(
    'sampling.reload',
    `sampling.server.reload "${reload}": expected success, found: ${reason}\nMend it, then run again with --resume.`,
    { cause },
  );
}

function stale(
  { folder, hash }: ServedWeights,
  { baseURL, reload, waitSeconds }: ServeWeightsOptions,
  present: readonly ServedModel[] | string,
): UserError {
  const found =
    typeof present === 'string' ? `no list of models (${present})` : `"${present.map(({ id }) => id).join('", "')}"`;
  const waited = reload === undefined ? '' : ` ${waitSeconds} s after reloading`;
  const advice =
    reload === undefined
      ? `Serve ${folder} as policy-${hash}, or set sampling.server.reload to a command or address that does`
      : 'See what the server says, or raise sampling.server.waitSeconds';
  return new UserError(
    'sampling.stale',
    `${baseURL}: expected a model whose id contains ${hash}, the weights in ${folder}, found ${found}${waited}. ` +
      `${advice}, then run again with --resume.`,
  );
}

import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { onTestFinished } from 'vitest';

import type { Message } from '../../../datasets/index.ts';

/** A question as the server received it. */
export interface ReceivedQuestion {
  model: string;
  messages: Message[];
  temperature: number;
  max_tokens?: number;
  max_completion_tokens?: number;
  top_logprobs?: number;
  seed?: number;
}

/** What the server does with a question. */
export type Reply =
  | { status?: number; headers?: Record<string, string>; body: unknown }
  /** Text in place of JSON; the connection breaks behind it when it is cut. */
  | { text: string; cut?: boolean }
  | 'stall'
  | 'reset';

export interface ApiServer {
  baseURL: string;
  /** All questions, in the order of their arrival. */
  questions: ReceivedQuestion[];
  keys: (string | undefined)[];
  /** The most questions that were open at once. */
  mostAtOnce(): number;
}

/** An OpenAI-compatible server that answers as `reply` says, which gets the question and how often it came before. */
export async function startApiServer(
  reply: (question: ReceivedQuestion, before: number) => Reply | Promise<Reply>,
): Promise<ApiServer> {
  const questions: ReceivedQuestion[] = [];
  const keys: (string | undefined)[] = [];
  const counts = new Map<string, number>();
  let open = 0;
  let most = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const question = JSON.parse(await bodyOf(request)) as ReceivedQuestion;
      const name = JSON.stringify([question.messages, question.seed]);
      const before = counts.get(name) ?? 0;
      counts.set(name, before + 1);
      questions.push(question);
      keys.push(request.headers.authorization);
      most = Math.max(most, ++open);
      response.on('close', () => (open -= 1));
      const answer = await reply(question, before);
      if (answer === 'stall') return;
      if (answer === 'reset') {
        request.socket.resetAndDestroy();
        return;
      }
      const text = 'text' in answer ? answer.text : JSON.stringify(answer.body);
      const { status = 200, headers = {} } = 'body' in answer ? answer : {};
      const cut = 'cut' in answer && answer.cut;
      const length = Buffer.byteLength(text) + (cut ? 1 : 0);
      response.writeHead(status, { 'content-type': 'application/json', 'content-length': length, ...headers });
      response.write(text, () => (cut ? request.socket.destroy() : response.end()));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { baseURL: `http://127.0.0.1:${port}/v1`, questions, keys, mostAtOnce: () => most };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** A completion that says `content`, with the log-probabilities of its first token where given. */
export function completion(content: string, top?: Record<string, number>): Reply {
  const [first] = Object.entries(top ?? {});
  const tokens = first && [
    {
      token: first[0],
      logprob: first[1],
      top_logprobs: Object.entries(top!).map(([token, logprob]) => ({ token, logprob })),
    },
  ];
  return {
    body: {
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content },
          logprobs: tokens ? { content: tokens } : null,
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 },
    },
  };
}

/** An error in the form in which OpenAI's API gives them. */
export function failure(status: number, error: object, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: { error } };
}

import { expect, test } from 'vitest';

import { createApiConnection, type ApiRequest } from '../../src/api/apiConnection.ts';
import { UserError } from '../../src/base/userError.ts';
import { completion, failure, startApiServer, type Reply } from '../judges/llm/apiServer.ts';

const { signal } = new AbortController();

async function connectedTo(reply: (before: number) => Reply) {
  const server = await startApiServer((_, before) => reply(before));
  const connection = createApiConnection({ model: 'tiny', baseURL: server.baseURL, attempts: 3, firstPauseMs: 1 });
  return { server, connection };
}

/** Asks a question, and makes of the answer what `read` does. */
function asking<T>(read: (data: unknown) => T): ApiRequest<T> {
  const messages = [{ role: 'user' as const, content: 'Hi' }];
  return {
    key: 'question',
    read,
    send: (client, form, limited) =>
      client.chat.completions
        .create({ model: 'tiny', messages, ...(form.seed ? { seed: 1 } : {}) }, { signal: limited })
        .withResponse(),
  };
}

test('what is wrong with an answer in passing is asked again, and told when it stays', async () => {
  const { server, connection } = await connectedTo(() => completion('yes'));
  let reads = 0;
  const patient = asking(() => {
    if (++reads < 3) throw new Error('half an answer');
    return reads;
  });
  expect(await connection.request(patient, signal)).toMatchObject({ value: 3 });
  expect(server.questions).toHaveLength(3);
  const never = asking(() => {
    throw new Error('half an answer');
  });
  const outcome = await connection.request(never, signal);
  expect(outcome.error).toBe('no answer: half an answer (3 attempts)');
});

test('what no answer of the server can mend ends all at once', async () => {
  const { server, connection } = await connectedTo(() => completion('yes'));
  const hopeless = asking(() => {
    throw new UserError('test.hopeless', 'This server will never do. Take another.');
  });
  await expect(connection.request(hopeless, signal)).rejects.toThrow('This server will never do.');
  expect(server.questions).toHaveLength(1);
});

test('a server that does not know the seed is asked without it from then on', async () => {
  const { server, connection } = await connectedTo((before) =>
    before === 0 && server.questions.at(-1)!.seed === 1
      ? failure(400, { message: 'unknown field seed' })
      : completion('yes'),
  );
  expect(
    await connection.request(
      asking(() => 'read'),
      signal,
    ),
  ).toMatchObject({ value: 'read' });
  expect(
    await connection.request(
      asking(() => 'read'),
      signal,
    ),
  ).toMatchObject({ value: 'read' });
  expect(server.questions.map(({ seed }) => seed)).toEqual([1, undefined, undefined]);
});

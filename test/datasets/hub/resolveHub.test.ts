import { createHash, randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, readdir, readFile, readlink, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { isHubReference, resolveHub, type HubProgress } from 'nashtune/datasets';
import { describe, expect, test } from 'vitest';

import { startScript } from '../../base/startScript.ts';
import { userErrorOf } from '../userErrorOf.ts';
import { COMMIT, idsOf, type HubRequest } from './hubServer.ts';
import { prepareHub, WANTED, type PreparedHub } from './prepareHub.ts';

const FIRST = 'model-00001-of-00002.safetensors';
const SECOND = 'model-00002-of-00002.safetensors';

function blobOf({ served, repository }: PreparedHub, path: string): string {
  const { oid, sha256 } = idsOf(served[path]!);
  return join(repository, 'blobs', sha256 ?? oid);
}

function filesAsked({ server }: PreparedHub): string[] {
  return server.requests.filter(({ path }) => path.includes('/resolve/')).map(({ path }) => path.split('/').at(-1)!);
}

/** The path of a request, the same for every commit. */
function addressOf({ path }: HubRequest): string {
  return path.split('?')[0]!.replace(COMMIT, 'commit');
}

describe('resolveHub', () => {
  test('fetches what loading a model needs, in the layout of huggingface_hub, and nothing else', async () => {
    const hub = await prepareHub();
    expect(isHubReference('hub:org/name')).toBe(true);
    expect(await resolveHub('hub:org/name', hub)).toBe(hub.snapshot);
    expect((await readdir(hub.snapshot)).sort()).toEqual(WANTED);
    for (const path of WANTED) {
      expect(await readFile(join(hub.snapshot, path))).toEqual(hub.served[path]!.bytes);
      const { oid, sha256 } = idsOf(hub.served[path]!);
      expect(await readlink(join(hub.snapshot, path))).toBe(`../../blobs/${sha256 ?? oid}`);
      expect((await lstat(blobOf(hub, path))).isFile()).toBe(true);
    }
    expect(await readFile(join(hub.repository, 'refs/main'), 'utf8')).toBe(COMMIT);
    expect((await readdir(hub.repository)).sort()).toEqual(['blobs', 'refs', 'snapshots', 'trees']);
    expect(await readdir(join(hub.repository, 'blobs'))).toHaveLength(WANTED.length);
    expect(await readdir(hub.cache, { recursive: true })).toHaveLength(4 + 1 + 2 * (WANTED.length + 1) + 1 + 2);
  });

  test('asks only for the commit when the cache is complete, and writes nothing', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    hub.server.requests.length = 0;
    await rm(join(hub.cache, '.locks'), { recursive: true });
    expect(await resolveHub('hub:org/name', hub)).toBe(hub.snapshot);
    expect(hub.server.requests.map(({ path }) => path.split('?')[0])).toEqual(['/api/models/org/name/revision/main']);
    expect(await readdir(hub.cache)).toEqual(['models--org--name']);
  });

  test('asks nobody for a commit that the cache has', async () => {
    const hub = await prepareHub();
    await resolveHub(`hub:org/name@${COMMIT}`, hub);
    expect(await readdir(hub.repository)).not.toContain('refs');
    await hub.server.close();
    expect(await resolveHub(`hub:org/name@${COMMIT}`, hub)).toBe(hub.snapshot);
  });

  test('fetches what is new when a branch moves, and links what stayed the same', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    const commit = 'f'.repeat(40);
    hub.server.refs['main'] = commit;
    hub.served['config.json'] = { bytes: Buffer.from('{"model_type":"llama","new":true}') };
    hub.server.requests.length = 0;
    const folder = await resolveHub('hub:org/name', hub);
    expect(folder).toBe(join(hub.repository, 'snapshots', commit));
    expect(filesAsked(hub)).toEqual(['config.json']);
    expect((await readdir(folder)).sort()).toEqual(WANTED);
    expect(await readFile(join(hub.snapshot, 'config.json'), 'utf8')).toBe('{"model_type":"llama"}');
    expect(await readFile(join(hub.repository, 'refs/main'), 'utf8')).toBe(commit);
  });

  test('takes branches with slashes, and files of a name that an address cannot hold', async () => {
    const files = { 'a #1?.json': { bytes: Buffer.from('1') } };
    const hub = await prepareHub({ files });
    hub.server.refs['refs/pr/1'] = COMMIT;
    const folder = await resolveHub('hub:org/name@refs/pr/1', { ...hub, files: ['*.json'] });
    expect(await readFile(join(folder, 'a #1?.json'), 'utf8')).toBe('1');
    expect(await readFile(join(hub.repository, 'refs/refs/pr/1'), 'utf8')).toBe(COMMIT);
  });

  test('fetches chosen files of a dataset, those in folders too, over a listing of many pages', async () => {
    const names = Array.from({ length: 25 }, (_, i) => `data/train/${String(i).padStart(2, '0')}.parquet`);
    const files = Object.fromEntries(names.map((name) => [name, { bytes: Buffer.from(name), large: true }]));
    files['README.md'] = { bytes: Buffer.from('# Data'), large: false };
    const hub = await prepareHub({ type: 'dataset', files, pageSize: 10 });
    const folder = await resolveHub('hub:datasets/org/name', { ...hub, files: ['data/**/0?.parquet'] });
    expect(folder).toBe(join(hub.cache, 'datasets--org--name', 'snapshots', COMMIT));
    expect((await readdir(join(folder, 'data/train'))).sort()).toEqual(
      names.slice(0, 10).map((name) => name.slice(11)),
    );
    await resolveHub('hub:datasets/org/name', hub);
    expect(await readdir(join(folder, 'data/train'))).toHaveLength(25);
  });

  test('reports how far each file has come', async () => {
    const hub = await prepareHub();
    const seen: HubProgress[] = [];
    await resolveHub('hub:org/name', { ...hub, onProgress: (progress) => seen.push(progress) });
    const filled = WANTED.filter((path) => hub.served[path]!.bytes.length > 0);
    expect([...new Set(seen.map(({ file }) => file))]).toEqual(filled);
    for (const path of filled) {
      const { length } = hub.served[path]!.bytes;
      const last = seen.findLast(({ file }) => file === path);
      expect(last).toEqual({ file: path, receivedBytes: length, totalBytes: length });
    }
  });
});

describe('a transfer', () => {
  test('goes on where the connection broke', async () => {
    const hub = await prepareHub();
    hub.server.drops = [100_000, 50_000];
    await resolveHub('hub:org/name', hub);
    const ranges = hub.server.requests.filter(({ server }) => server === 'storage').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=100000-', 'bytes=150000-', undefined]);
    expect(await readFile(join(hub.snapshot, FIRST))).toEqual(hub.served[FIRST]!.bytes);
  });

  test('goes on where a killed process stopped', async () => {
    const hub = await prepareHub();
    hub.server.drops = [100_000];
    const script = `
      import { resolveHub } from './datasets/index.ts';
      const onProgress = ({ file, receivedBytes }) => {
        if (file.endsWith('.safetensors') && receivedBytes >= 100_000) process.kill(process.pid, 'SIGKILL');
      };
      await resolveHub('hub:org/name', { env: JSON.parse(process.argv[1]), onProgress });`;
    expect(await startScript(script, [JSON.stringify(hub.env)]).end()).toMatchObject({ code: null });
    expect(await readdir(join(hub.repository, 'blobs'))).toContain(
      `${idsOf(hub.served[FIRST]!).sha256}.nashtune.incomplete`,
    );
    expect(await readdir(hub.repository)).not.toContain('refs');
    hub.server.requests.length = 0;
    await resolveHub('hub:org/name', hub);
    const ranges = hub.server.requests.filter(({ server }) => server === 'storage').map(({ range }) => range);
    expect(ranges).toEqual(['bytes=100000-', undefined]);
    expect(await readFile(join(hub.snapshot, FIRST))).toEqual(hub.served[FIRST]!.bytes);
    expect((await readdir(join(hub.repository, 'blobs'))).filter((name) => name.includes('.'))).toEqual([]);
  });

  test('starts again when what lies there is no part of the file', async () => {
    const hub = await prepareHub();
    await mkdir(join(hub.repository, 'blobs'), { recursive: true });
    await writeFile(`${blobOf(hub, FIRST)}.nashtune.incomplete`, Buffer.alloc(1000, 1));
    await resolveHub('hub:org/name', hub);
    expect(await readFile(join(hub.snapshot, FIRST))).toEqual(hub.served[FIRST]!.bytes);
  });

  test('takes files of which another snapshot has the bytes, and mends those that were cut', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    await truncate(blobOf(hub, SECOND), 10);
    await rm(join(hub.snapshot, 'config.json'));
    hub.server.requests.length = 0;
    await resolveHub('hub:org/name', hub);
    expect(filesAsked(hub)).toEqual([SECOND]);
    expect((await readdir(hub.snapshot)).sort()).toEqual(WANTED);
    expect(await readFile(join(hub.snapshot, SECOND))).toEqual(hub.served[SECOND]!.bytes);
  });

  test('deletes a file that is not the one expected and says so', async () => {
    const hub = await prepareHub();
    const altered = Buffer.alloc(300_000, 7);
    hub.server.altered = altered;
    const { code, message } = await userErrorOf(() => resolveHub('hub:org/name', hub));
    expect(code).toBe('hub.checksum');
    const { sha256 } = idsOf(hub.served[FIRST]!);
    const found = createHash('sha256').update(altered).digest('hex');
    const address = `${hub.server.endpoint}/org/name/resolve/${COMMIT}/${FIRST}`;
    expect(message).toBe(
      `hub:org/name: the file from ${address} is not the one expected: SHA-256 should be ${sha256}, and is ${found}. ` +
        'It was deleted. Try again; if it stays so, a proxy or mirror alters the file: set HF_ENDPOINT to another mirror.',
    );
    const left = (await readdir(hub.repository, { recursive: true })).filter((path) =>
      /safetensors$|incomplete/.test(path),
    );
    expect(left).toEqual([]);
    expect(await readdir(hub.repository)).not.toContain('refs');
  });

  test('checks small files against the id that git gives them', async () => {
    const hub = await prepareHub();
    const resolving = resolveHub('hub:org/name', {
      ...hub,
      // After the listing, before the file.
      onProgress: () => (hub.served['tokenizer.json'] = { bytes: Buffer.from('[]') }),
    });
    const { code, message } = await userErrorOf(() => resolving);
    expect(code).toBe('hub.checksum');
    // git hash-object of "{}" and of "[]"
    expect(message).toContain("git's id should be 9e26dfeeb6e641a33dae4961196235bdb965b21b, and is ");
    expect(message).toContain('0637a088a01e8ddab3bf3fa98dbe804cbde1a0dc');
  });

  test('stops when it is aborted, keeps what has arrived and gives the lock back', async () => {
    const hub = await prepareHub();
    const abort = new AbortController();
    const reason = new Error('enough');
    hub.server.drops = [100_000];
    const onProgress = ({ file }: HubProgress): void => {
      if (file === FIRST) abort.abort(reason);
    };
    await expect(resolveHub('hub:org/name', { ...hub, onProgress, signal: abort.signal })).rejects.toBe(reason);
    expect(await readdir(join(hub.cache, '.locks/models--org--name'))).toEqual([]);
    expect(await readdir(join(hub.repository, 'blobs'))).toContain(
      `${idsOf(hub.served[FIRST]!).sha256}.nashtune.incomplete`,
    );
    expect(await readdir(hub.repository)).not.toContain('refs');
    await expect(resolveHub('hub:org/name', { ...hub, signal: abort.signal })).rejects.toBe(reason);
  });

  test('stops with the same reason when it is aborted between the last byte and the checksum', async () => {
    const hub = await prepareHub();
    const abort = new AbortController();
    const reason = new Error('enough');
    const onProgress = ({ receivedBytes, totalBytes }: HubProgress): void => {
      if (receivedBytes === totalBytes) abort.abort(reason);
    };
    await expect(resolveHub('hub:org/name', { ...hub, onProgress, signal: abort.signal })).rejects.toBe(reason);
  });
});

describe('of two processes', () => {
  test('one fetches while the other waits for it', async () => {
    const hub = await prepareHub();
    hub.server.delay = 1500;
    const script = `
      import { resolveHub } from './datasets/index.ts';
      const messages = [];
      const onMessage = (message) => messages.push(message);
      const folder = await resolveHub('hub:org/name', { env: JSON.parse(process.argv[1]), onMessage });
      console.log(JSON.stringify({ folder, messages }));`;
    const children = [1, 2].map(() => startScript(script, [JSON.stringify(hub.env)]));
    const lines = await Promise.all(children.map((child) => child.line()));
    expect(await Promise.all(children.map((child) => child.end()))).toEqual(
      [1, 2].map(() => ({ code: 0, stderr: '' })),
    );
    const [a, b] = lines.map((line) => JSON.parse(line) as { folder: string; messages: string[] });
    expect([a!.folder, b!.folder]).toEqual([hub.snapshot, hub.snapshot]);
    const waiting = expect.stringContaining('Another process is fetching hub:org/name; waiting for it.');
    expect([...a!.messages, ...b!.messages]).toEqual([waiting]);
    expect(filesAsked(hub).sort()).toEqual(WANTED);
    expect((await readdir(hub.snapshot)).sort()).toEqual(WANTED);
  });

  test('calls in one process share a download too', async () => {
    const hub = await prepareHub();
    const folders = await Promise.all([1, 2, 3].map(() => resolveHub('hub:org/name', hub)));
    expect(new Set(folders)).toEqual(new Set([hub.snapshot]));
    expect(filesAsked(hub).sort()).toEqual(WANTED);
  });
});

describe('the access token', () => {
  test('goes to the endpoint with every request, and never to where it redirects', async () => {
    const hub = await prepareHub({ pageSize: 3 });
    const env = { ...hub.env, HF_TOKEN: 'hf_secret' };
    hub.server.drops = [1000];
    await resolveHub('hub:org/name', { env });
    const seen = { hub: new Set<string | undefined>(), storage: new Set<string | undefined>() };
    for (const { server, authorization } of hub.server.requests) seen[server].add(authorization);
    expect(seen).toEqual({ hub: new Set(['Bearer hf_secret']), storage: new Set([undefined]) });
    const all = hub.server.requests.filter(({ path }) => path.includes('/tree/'));
    expect(all).toHaveLength(4);
  });

  test('is not sent where a listing goes on at another host', async () => {
    const hub = await prepareHub({ pageSize: 3 });
    const other = await prepareHub();
    hub.server.linkBase = other.server.endpoint;
    const env = { ...hub.env, HF_TOKEN: 'hf_secret' };
    await resolveHub('hub:org/name', { env, files: ['config.json', 'added_tokens.json'] });
    expect(other.server.requests.length).toBeGreaterThan(0);
    expect(other.server.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  test('of hf auth login goes where that of HF_TOKEN would', async () => {
    const hub = await prepareHub();
    await writeFile(join(hub.home, 'token'), 'hf_secret\n');
    await resolveHub('hub:org/name', hub);
    const seen = hub.server.requests.map(({ server, authorization }) => `${server} ${authorization}`);
    expect(new Set(seen)).toEqual(new Set(['hub Bearer hf_secret', 'storage undefined']));
  });

  test('is not needed by a public repository', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    expect(hub.server.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });
});

describe('a name from before there were owners', () => {
  test('is followed to the repository of today, with the token, and cached under the old name', async () => {
    const hub = await prepareHub({ oldName: 'gpt2', pageSize: 3 });
    const env = { ...hub.env, HF_TOKEN: 'hf_secret' };
    const folder = await resolveHub('hub:gpt2', { env });
    // As huggingface_hub names it.
    expect(folder).toBe(join(hub.cache, 'models--gpt2', 'snapshots', COMMIT));
    expect((await readdir(folder)).sort()).toEqual(WANTED);
    expect(await readFile(join(hub.cache, 'models--gpt2/refs/main'), 'utf8')).toBe(COMMIT);
    const asked = hub.server.requests.filter(({ server }) => server === 'hub');
    expect(new Set(asked.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer hf_secret']));
    expect(asked.slice(0, 2).map(addressOf)).toEqual([
      '/api/models/gpt2/revision/main',
      '/api/models/org/name/revision/main',
    ]);
    expect(asked.map(addressOf)).toContain('/gpt2/resolve/commit/config.json');
    expect(asked.map(addressOf)).toContain('/org/name/resolve/commit/config.json');
    const storage = hub.server.requests.filter(({ server }) => server === 'storage');
    expect(storage.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
    expect(await resolveHub('hub:gpt2', { env: { ...hub.env, HF_HUB_OFFLINE: '1' } })).toBe(folder);
    expect(await resolveHub(`hub:gpt2@${COMMIT}`, hub)).toBe(folder);
  });

  test('may be of a dataset, and its transfers go on where they broke', async () => {
    const files = { 'a.parquet': { bytes: randomBytes(300_000), large: true } };
    const hub = await prepareHub({ type: 'dataset', oldName: 'squad', files });
    hub.server.drops = [100_000];
    const folder = await resolveHub('hub:datasets/squad', hub);
    expect(folder).toBe(join(hub.cache, 'datasets--squad', 'snapshots', COMMIT));
    expect(await readFile(join(folder, 'a.parquet'))).toEqual(files['a.parquet'].bytes);
    const ranges = hub.server.requests.filter(({ server }) => server === 'storage').map(({ range }) => range);
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
  });

  test('leads to another host without the token', async () => {
    const hub = await prepareHub({ oldName: 'gpt2' });
    const other = await prepareHub({ files: hub.served });
    hub.server.redirectBase = other.server.endpoint;
    const env = { ...hub.env, HF_TOKEN: 'hf_secret' };
    expect((await readdir(await resolveHub('hub:gpt2', { env }))).sort()).toEqual(WANTED);
    expect(hub.server.requests.every(({ authorization }) => authorization === 'Bearer hf_secret')).toBe(true);
    expect(other.server.requests.length).toBeGreaterThan(WANTED.length);
    expect(other.server.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([]);
  });

  test('that nobody has may lack its owner', async () => {
    const { code, message } = await userErrorOf(async () => resolveHub('hub:gtp2', await prepareHub()));
    expect(code).toBe('hub.notFound');
    expect(message).toContain(
      'shows no model of this name. Check its spelling, and whether an owner belongs before it; if',
    );
  });

  test('names the folder into which a pickle is converted', async () => {
    const hub = await prepareHub({ oldName: 'gpt2', files: { 'pytorch_model.bin': { bytes: Buffer.alloc(9) } } });
    const { message } = await userErrorOf(() => resolveHub('hub:gpt2', hub));
    expect(message).toContain('then use the folder ./gpt2 in its place: ');
  });
});

test("follows a mirror's links to the next page, which name the Hub, to the mirror", async () => {
  const hub = await prepareHub({ pageSize: 3 });
  hub.server.linkBase = 'https://huggingface.co';
  expect(await resolveHub('hub:org/name', hub)).toBe(hub.snapshot);
  expect((await readdir(hub.snapshot)).sort()).toEqual(WANTED);
});

describe('a repository without what is needed', () => {
  test('that has only a pickle is refused, with the command that converts it', async () => {
    const files = { 'config.json': { bytes: Buffer.from('{}') }, 'pytorch_model.bin': { bytes: Buffer.alloc(9) } };
    const hub = await prepareHub({ files });
    expect(await userErrorOf(() => resolveHub('hub:org/name', hub))).toEqual({
      code: 'hub.pickle',
      message:
        'hub:org/name: expected weights as *.safetensors, found only a pickle (pytorch_model.bin), which may run code. ' +
        'Convert it, then use the folder ./name in its place: ' +
        'python -c "from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; ' +
        `[X.from_pretrained('org/name', revision='main').save_pretrained('./name') for X in (M, T)]"`,
    });
    expect(filesAsked(hub)).toEqual([]);
  });

  test('that has other files is refused, and told what it has', async () => {
    const names = ['README.md', 'a.gguf', 'b.gguf', 'c.gguf', 'd.gguf', 'e.gguf', 'f.gguf'];
    const hub = await prepareHub({
      files: Object.fromEntries(names.map((name) => [name, { bytes: Buffer.alloc(1) }])),
    });
    expect(await userErrorOf(() => resolveHub('hub:org/name', hub))).toEqual({
      code: 'hub.noFiles',
      message:
        'hub:org/name: expected files that match *.safetensors, found README.md, a.gguf, b.gguf, c.gguf, d.gguf and 2 ' +
        'more. Name another repository, or another revision of this one.',
    });
    const { message } = await userErrorOf(() => resolveHub('hub:org/name', { ...hub, files: ['x*', 'y*'] }));
    expect(message).toContain('expected files that match x*, y*, found README.md');
  });
});

describe('a cache', () => {
  test.skipIf(process.getuid?.() === 0)('that cannot be written to is named', async () => {
    const hub = await prepareHub();
    await mkdir(hub.cache);
    await chmod(hub.cache, 0o500);
    const { code, message } = await userErrorOf(() => resolveHub('hub:org/name', hub));
    expect(code).toBe('hub.cache');
    expect(message).toContain(`hub:org/name: cannot write to the cache "${hub.cache}" (EACCES`);
  });

  test('that cannot be made is named', async () => {
    const hub = await prepareHub();
    await writeFile(hub.cache, '');
    const { code, message } = await userErrorOf(() => resolveHub('hub:org/name', hub));
    expect(code).toBe('hub.cache');
    expect(message).toContain(`hub:org/name: cannot write to the cache "${hub.cache}" (ENOTDIR`);
    expect(message).toContain('Set HF_HUB_CACHE to a folder that you can write to.');
  });

  test('whose disk is too small is named before anything is fetched', async () => {
    const hub = await prepareHub();
    const huge = {
      path: 'model.safetensors',
      size: 9e15,
      oid: '0'.repeat(40),
      lfs: { oid: '0'.repeat(64), size: 9e15 },
    };
    hub.server.page = JSON.stringify([{ type: 'file', ...huge }]);
    const { code, message } = await userErrorOf(() => resolveHub(`hub:org/name@${COMMIT}`, hub));
    expect(code).toBe('hub.diskSpace');
    expect(message).toContain(
      `Folder "${hub.repository}": 9000000.0 GB must be free to fetch hub:org/name@${COMMIT}, found `,
    );
    expect(filesAsked(hub)).toEqual([]);
  });
});

describe('an answer that is not that of a Hub', () => {
  const good = { type: 'file', path: 'model.safetensors', size: 1, oid: '0'.repeat(40) };
  test.each([
    ['a page', '<html>Please log in</html>'],
    ['another object', '{"error":"no"}'],
    ['a file outside the repository', JSON.stringify([{ ...good, path: '../../.bashrc' }])],
    ['a file at the root', JSON.stringify([{ ...good, path: '/etc/passwd' }])],
    ['a checksum that is a path', JSON.stringify([{ ...good, lfs: { oid: '../../x', size: 1 } }])],
    ['a size that is none', JSON.stringify([{ ...good, size: -1 }])],
  ])('is refused: %s', async (_, page) => {
    const hub = await prepareHub();
    hub.server.page = page;
    const { code, message } = await userErrorOf(() => resolveHub(`hub:org/name@${COMMIT}`, hub));
    expect(code).toBe('hub.response');
    expect(message).toContain(`${hub.server.endpoint}: expected the answer of a Hugging Face Hub, found another (`);
    expect(filesAsked(hub)).toEqual([]);
  });

  test('is refused: a commit that is a path', async () => {
    const hub = await prepareHub();
    hub.server.page = '{"sha":"../../x"}';
    expect((await userErrorOf(() => resolveHub('hub:org/name', hub))).code).toBe('hub.response');
  });
});

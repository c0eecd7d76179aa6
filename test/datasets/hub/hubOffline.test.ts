import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { resolveHub } from 'nashtune/datasets';
import { describe, expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { COMMIT } from './hubServer.ts';
import { prepareHub, type PreparedHub } from './prepareHub.ts';

const SECOND = 'model-00002-of-00002.safetensors';

function offline(hub: PreparedHub, reference: string, files?: string[]): Promise<string> {
  return resolveHub(reference, { env: { ...hub.env, HF_HUB_OFFLINE: '1' }, files });
}

async function lacking(hub: PreparedHub, reference: string, files?: string[]): Promise<string> {
  const { code, message } = await userErrorOf(() => offline(hub, reference, files), hub.cache);
  expect(code).toBe('hub.offline');
  return /lacks (.*?)\. Unset/.exec(message)?.[1] ?? message;
}

/** A cache with the model and no list of its files. */
async function withoutList(): Promise<PreparedHub> {
  const hub = await prepareHub();
  await resolveHub('hub:org/name', hub);
  await rm(join(hub.repository, 'trees'), { recursive: true });
  return hub;
}

describe('Offline', () => {
  test('a cached branch, tag or commit is its folder, and nobody is asked', async () => {
    const hub = await prepareHub();
    hub.server.refs['v1'] = COMMIT;
    await resolveHub('hub:org/name', hub);
    await resolveHub('hub:org/name@v1', hub);
    hub.server.requests.length = 0;
    for (const revision of ['', '@main', '@v1', `@${COMMIT}`]) {
      expect(await offline(hub, `hub:org/name${revision}`)).toBe(hub.snapshot);
    }
    expect(await resolveHub('hub:org/name', { env: { ...hub.env, TRANSFORMERS_OFFLINE: '1' } })).toBe(hub.snapshot);
    expect(hub.server.requests).toEqual([]);
  });

  test('what is not cached is named, with the ways to get it', async () => {
    const hub = await prepareHub();
    expect(await userErrorOf(() => offline(hub, 'hub:org/name@v1'), hub.cache)).toEqual({
      code: 'hub.offline',
      message:
        'hub:org/name@v1: HF_HUB_OFFLINE is set, and the cache "." lacks its revision "v1". Unset HF_HUB_OFFLINE (and ' +
        'TRANSFORMERS_OFFLINE) to fetch it, or run "hf download org/name --repo-type model --revision v1" on a machine ' +
        'with a network and copy its cache.',
    });
    expect(hub.server.requests).toEqual([]);
    const commit = 'a'.repeat(40);
    expect(await lacking(hub, `hub:org/name@${commit}`)).toBe(`its commit ${commit}`);
  });

  test('files that were not fetched are named', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', { ...hub, files: ['*.json', 'model-00001*'] });
    expect(await lacking(hub, 'hub:org/name')).toBe(SECOND);
    expect(await lacking(hub, 'hub:org/name', ['README.md', 'onnx/*'])).toBe('README.md, onnx/model.onnx');
    expect(await offline(hub, 'hub:org/name', ['config.json'])).toBe(hub.snapshot);
  });

  test('a download that broke off is not taken for whole', async () => {
    const hub = await prepareHub();
    const abort = new AbortController();
    const onProgress = ({ file }: { file: string }): void => {
      if (file === SECOND) abort.abort();
    };
    await expect(resolveHub(`hub:org/name@${COMMIT}`, { ...hub, onProgress, signal: abort.signal })).rejects.toThrow();
    expect(await lacking(hub, `hub:org/name@${COMMIT}`)).toBe(
      `${SECOND}, model.safetensors.index.json, tokenizer.json`,
    );
  });

  describe('without a list of the files, as older versions of huggingface_hub leave the cache,', () => {
    test('a model counts as whole when it has its weights', async () => {
      const hub = await withoutList();
      expect(await offline(hub, 'hub:org/name')).toBe(hub.snapshot);
    });

    test('the weights that its index names are missed', async () => {
      const hub = await withoutList();
      await rm(join(hub.snapshot, SECOND));
      expect(await lacking(hub, 'hub:org/name')).toBe(SECOND);
      await rm(join(hub.snapshot, 'model.safetensors.index.json'));
      expect(await offline(hub, 'hub:org/name')).toBe(hub.snapshot);
    });

    test('a link to bytes that are gone counts for nothing', async () => {
      const hub = await withoutList();
      await rm(join(hub.snapshot, 'model.safetensors.index.json'));
      for (const blob of await readdir(join(hub.repository, 'blobs'))) {
        if (blob.length === 64) await rm(join(hub.repository, 'blobs', blob));
      }
      expect(await lacking(hub, 'hub:org/name')).toBe('its weights');
    });

    test('chosen files are there when one of them is', async () => {
      const hub = await withoutList();
      expect(await offline(hub, 'hub:org/name', ['config.json', 'README.md'])).toBe(hub.snapshot);
      expect(await lacking(hub, 'hub:org/name', ['README.md', 'onnx/*'])).toBe('README.md, onnx/*');
    });
  });
});

test('A damaged or unknown list of files is fetched again', async () => {
  const hub = await prepareHub();
  await resolveHub('hub:org/name', hub);
  const path = join(hub.repository, 'trees', `${COMMIT}.json`);
  const whole = await readFile(path, 'utf8');
  const outside = JSON.stringify({ format_version: 1, files: { '../../x': { size: 1, blob_id: '0'.repeat(40) } } });
  for (const damaged of ['{', whole.replace('"format_version": 1', '"format_version": 2'), outside]) {
    await writeFile(path, damaged);
    await rm(join(hub.snapshot, 'config.json'));
    expect(await resolveHub(`hub:org/name@${COMMIT}`, hub)).toBe(hub.snapshot);
    expect(await readFile(path, 'utf8')).toBe(whole);
  }
});

test('A ref that names no commit counts as none', async () => {
  const hub = await prepareHub();
  await mkdir(join(hub.repository, 'refs'), { recursive: true });
  await writeFile(join(hub.repository, 'refs/main'), '../../x');
  expect(await lacking(hub, 'hub:org/name')).toBe('its revision "main"');
});

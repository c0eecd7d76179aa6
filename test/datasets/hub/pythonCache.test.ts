import { execFile } from 'node:child_process';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { resolveHub } from 'nashtune/datasets';
import { describe, expect, test } from 'vitest';

import { COMMIT } from './hubServer.ts';
import { prepareHub, WANTED, type PreparedHub } from './prepareHub.ts';

const python = process.env['NASHTUNE_PYTHON'];
if (python === undefined) {
  console.log(
    'pythonCache.test.ts: not tested that huggingface_hub shares the cache: NASHTUNE_PYTHON names no python.',
  );
}

async function runPython({ env }: PreparedHub, code: string): Promise<unknown> {
  const script = `import json\nfrom huggingface_hub import *\nprint(json.dumps(${code}))`;
  const { stdout } = await promisify(execFile)(python!, ['-c', script], { env: { ...process.env, ...env } });
  return JSON.parse(stdout);
}

describe.skipIf(python === undefined)("Python's huggingface_hub", () => {
  test('finds what we fetched', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    await resolveHub('hub:org/name', { ...hub, files: ['**/*', '*'] });
    const whole = await runPython(hub, "snapshot_download('org/name', local_files_only=True)");
    expect(whole).toBe(hub.snapshot);
    const one = await runPython(hub, "try_to_load_from_cache('org/name', 'config.json')");
    expect(one).toBe(join(hub.snapshot, 'config.json'));
    const scan = await runPython(
      hub,
      `(lambda s: {'repos': [[r.repo_id, r.repo_type, r.nb_files, [[v.commit_hash, sorted(v.refs)] for v in r.revisions]]
        for r in s.repos], 'warnings': [str(w) for w in s.warnings], 'incomplete': len(s.incomplete_files)})(scan_cache_dir())`,
    );
    const files = Object.keys(hub.served).length;
    expect(scan).toEqual({
      repos: [['org/name', 'model', files, [[COMMIT, ['main']]]]],
      warnings: [],
      incomplete: 0,
    });
  });

  test('finds a repository under its name from before there were owners', async () => {
    const hub = await prepareHub({ oldName: 'gpt2' });
    const folder = await resolveHub('hub:gpt2', hub);
    const patterns = JSON.stringify(WANTED);
    const some = `snapshot_download('gpt2', local_files_only=True, allow_patterns=${patterns})`;
    expect(await runPython(hub, some)).toBe(folder);
    // Online it follows the same redirects.
    expect(await runPython(hub, `snapshot_download('gpt2', allow_patterns=${patterns})`)).toBe(folder);
  });

  test('sees with the list of files that we wrote what is missing', async () => {
    const hub = await prepareHub();
    await resolveHub('hub:org/name', hub);
    const script = "snapshot_download('org/name', local_files_only=True)";
    await expect(runPython(hub, script)).rejects.toThrow(/IncompleteSnapshotError.*5 file\(s\) are missing/s);
    const patterns = JSON.stringify(WANTED);
    const some = `snapshot_download('org/name', local_files_only=True, allow_patterns=${patterns})`;
    expect(await runPython(hub, some)).toBe(hub.snapshot);
  });

  test('has fetched what we then find, without a byte more', async () => {
    const hub = await prepareHub();
    const patterns = JSON.stringify(WANTED);
    expect(await runPython(hub, `snapshot_download('org/name', allow_patterns=${patterns})`)).toBe(hub.snapshot);
    const before = await readdir(hub.cache, { recursive: true });
    const links = await Promise.all(WANTED.map((path) => readlink(join(hub.snapshot, path))));
    hub.server.requests.length = 0;
    expect(await resolveHub('hub:org/name', hub)).toBe(hub.snapshot);
    expect(hub.server.requests.map(({ path }) => path.split('?')[0])).toEqual(['/api/models/org/name/revision/main']);
    expect(await readdir(hub.cache, { recursive: true })).toEqual(before);
    expect(await resolveHub('hub:org/name', { env: { ...hub.env, HF_HUB_OFFLINE: '1' } })).toBe(hub.snapshot);
    // The same names as ours.
    const ours = await prepareHub({ files: hub.served });
    await resolveHub('hub:org/name', ours);
    expect(await Promise.all(WANTED.map((path) => readlink(join(ours.snapshot, path))))).toEqual(links);
    expect(await readdir(join(ours.repository, 'blobs'))).toEqual(await readdir(join(hub.repository, 'blobs')));
  });

  test('fetches beside us into the same cache', async () => {
    const hub = await prepareHub();
    const patterns = JSON.stringify(WANTED);
    const [theirs, ours] = await Promise.all([
      runPython(hub, `snapshot_download('org/name', allow_patterns=${patterns})`),
      resolveHub('hub:org/name', hub),
    ]);
    expect([theirs, ours]).toEqual([hub.snapshot, hub.snapshot]);
    expect((await readdir(hub.snapshot)).sort()).toEqual(WANTED);
    expect((await readdir(join(hub.repository, 'blobs'))).filter((name) => name.includes('.'))).toEqual([]);
  });
});

import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { extractZipEntry, readZipEntries, readZipText } from '../../../src/engine/library/zip.ts';
import { temporaryFolder } from '../../base/temporaryFolder.ts';
import { makeZip } from './fakeWheel.ts';

async function write(bytes: Uint8Array): Promise<string> {
  const path = join(await temporaryFolder(), 'a.zip');
  await writeFile(path, bytes);
  return path;
}

test('lists, reads and unpacks deflated and stored files', async () => {
  const text = 'line\n'.repeat(50_000);
  const path = await write(makeZip({ 'a/deflated.txt': text, 'a/stored.bin': Buffer.from(text) }, 0o744));
  const entries = await readZipEntries(path);
  expect(entries.map(({ name, size, method, mode }) => ({ name, size, method, mode }))).toEqual([
    { name: 'a/deflated.txt', size: text.length, method: 8, mode: 0o744 },
    { name: 'a/stored.bin', size: text.length, method: 0, mode: 0o744 },
  ]);
  for (const entry of entries) {
    expect(await readZipText(path, entry)).toBe(text);
    let bytes = 0;
    const destination = `${path}.${entry.method}/unpacked`;
    const sha256 = await extractZipEntry(path, entry, destination, (count) => (bytes += count));
    expect(sha256).toBe(createHash('sha256').update(text).digest('hex'));
    expect(bytes).toBe(text.length);
    expect(await readFile(destination, 'utf8')).toBe(text);
    expect((await stat(destination)).mode & 0o111).toBe(0o111);
  }
});

test('finds the directory behind a comment at the end', async () => {
  const zip = makeZip({ 'a.txt': 'a' });
  zip.writeUInt16LE(7, zip.length - 2);
  expect(await readZipEntries(await write(Buffer.concat([zip, Buffer.from('comment')])))).toHaveLength(1);
});

test('refuses what is not a whole archive', async () => {
  const zip = makeZip({ 'a.txt': 'some text', 'b.txt': 'more' });
  for (const bytes of [new Uint8Array(), Buffer.from('no archive'), zip.subarray(0, zip.length - 30)]) {
    await expect(readZipEntries(await write(bytes))).rejects.toThrow('is not a zip archive, or it is cut short');
  }
  // The end is there and the beginning is missing.
  await expect(readZipEntries(await write(zip.subarray(40)))).rejects.toThrow('damaged zip directory');
});

test('refuses a file that unpacks to another size than the directory says', async () => {
  const path = await write(makeZip({ 'a.txt': 'some text' }));
  const [entry] = await readZipEntries(path);
  const work = extractZipEntry(path, { ...entry!, size: 8 }, `${path}.out`, () => undefined);
  await expect(work).rejects.toThrow('a.txt unpacks to 9 bytes instead of 8');
});

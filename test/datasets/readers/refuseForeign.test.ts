import { gzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { userErrorOf } from '../userErrorOf.ts';
import { allRows, fileOf } from './allRows.ts';

const utf16 = Buffer.from('{"a":1}\n', 'utf16le');

test.each([
  ['UTF-16 with its mark', Buffer.from('\uFEFF{"a":1}\n', 'utf16le'), 'input.encoding', 'UTF-16 text'],
  ['UTF-16 without a mark', utf16, 'input.encoding', 'UTF-16LE text'],
  ['UTF-16, the other order', Buffer.from(utf16).swap16(), 'input.encoding', 'UTF-16BE text'],
  ['a web page', '\n<!DOCTYPE html><html><body>Not found</body>', 'input.page', 'an HTML page'],
  ['a compressed web page', gzipSync('<html>\n'), 'input.page', 'an HTML page'],
  ['the error of a storage', '<?xml version="1.0"?><Error><Code>AccessDenied', 'input.page', 'an XML document'],
  ['a pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:00', 'input.pointer', 'a pointer of Git LFS'],
  ['a ZIP archive', 'PK\x03\x04rest', 'input.binary', 'a ZIP archive'],
  ['a tar archive', gzipSync(`${'x'.repeat(257)}ustar`), 'input.binary', 'a tar archive'],
])('%s is named as what it is', async (_, content, code, found) => {
  const path = await fileOf(content);
  const error = await userErrorOf(() => allRows(path), path);
  expect(error.code).toBe(code);
  expect(error.message).toContain('.: expected JSON Lines, a JSON array, CSV, a Parquet or an Arrow file');
  expect(error.message).toContain(`found ${found}`);
});

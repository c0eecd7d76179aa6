import { UserError } from '../../src/base/userError.ts';

/** Bytes at which a file of another kind is known, from its start unless `at` says otherwise. */
const KINDS: readonly { bytes: string; at?: number; found: string; fix: string }[] = [
  { bytes: 'PK\x03\x04', found: 'a ZIP archive', fix: 'Unpack it and name the file inside.' },
  { bytes: 'BZh', found: 'a bzip2 file', fix: 'Unpack it with bunzip2.' },
  { bytes: '\xfd7zXZ\0', found: 'an xz file', fix: 'Unpack it with unxz.' },
  { bytes: '7z\xbc\xaf\x27\x1c', found: 'a 7-Zip archive', fix: 'Unpack it and name the file inside.' },
  { bytes: 'ustar', at: 257, found: 'a tar archive', fix: 'Unpack it and name the file inside.' },
  { bytes: '\x93NUMPY', found: 'a NumPy array', fix: 'Save it as Parquet or JSON Lines.' },
  { bytes: '\x80\x04\x95', found: 'a Python pickle', fix: 'Save it as Parquet or JSON Lines.' },
  { bytes: 'SQLite format 3\0', found: 'an SQLite database', fix: 'Export the table as CSV.' },
  { bytes: '%PDF-', found: 'a PDF document', fix: 'Name the file with the data.' },
];
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';

/**
 * Refuses what is no UTF-8 text with rows, by the beginning of the (unpacked) bytes, and says what it is.
 *
 * @throws {UserError} for other encodings, web pages, archives and the like
 */
export function refuseForeign(name: string, head: Buffer): void {
  const latin = head.toString('latin1', 0, 512);
  const kind = KINDS.find(({ bytes, at = 0 }) => latin.startsWith(bytes, at));
  if (kind !== undefined) throw foreign('input.binary', name, kind.found, kind.fix);
  const encoding = wideEncoding(head);
  if (encoding !== undefined) {
    const fix = `Convert it: iconv -f ${encoding} -t UTF-8 < old > new`;
    throw foreign('input.encoding', name, `${encoding} text`, fix);
  }
  const text = latin.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^<(?:!doctype html|html|head|body)\b/i.test(text)) {
    const fix = 'Such pages come in place of a file that is missing or needs a login: open the address in a browser.';
    throw foreign('input.page', name, 'an HTML page', fix);
  }
  if (/^<(?:\?xml|!doctype)\b/i.test(text)) {
    throw foreign('input.page', name, 'an XML document', 'Look into it: it may be the error message of a storage.');
  }
  if (text.startsWith(LFS_POINTER)) {
    throw foreign('input.pointer', name, 'a pointer of Git LFS in place of the file', 'Fetch the file: git lfs pull');
  }
}

/** The encoding of text in units of two or four bytes: told by its byte order mark, or by the zeros beside ASCII. */
function wideEncoding(head: Buffer): string | undefined {
  const marks = head.toString('latin1', 0, 4);
  if (marks === '\xff\xfe\0\0' || marks === '\0\0\xfe\xff') return 'UTF-32';
  if (marks.startsWith('\xff\xfe') || marks.startsWith('\xfe\xff')) return 'UTF-16';
  if (head.length < 4) return undefined;
  const zeros = [...head.subarray(0, 4)].map((byte) => (byte === 0 ? '0' : 'x')).join('');
  if (zeros === 'x0x0') return 'UTF-16LE';
  return zeros === '0x0x' ? 'UTF-16BE' : undefined;
}

function foreign(code: string, name: string, found: string, fix: string): UserError {
  const expected = 'JSON Lines, a JSON array, CSV, a Parquet or an Arrow file, in UTF-8 where it is text';
  return new UserError(code, `${name}: expected ${expected}; found ${found}. ${fix}`);
}

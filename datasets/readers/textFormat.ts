import { looksLikeCsv } from './csvDialect.ts';

export type TextFormat = 'jsonLines' | 'jsonArray' | 'csv';

/**
 * The format of a text file: told by how it begins, and by its name where that leaves it open.
 *
 * @param head its first characters, without a byte order mark
 */
export function textFormat(name: string, head: string): TextFormat {
  const plain = name.toLowerCase().replace(/\.(?:gz|zst|zstd)$/, '');
  const start = head.trimStart();
  const named = /\.(?:csv|tsv)$/.test(plain);
  if (start.startsWith('[') && !(named && !/^\[\s*[{\]]/.test(start))) return 'jsonArray';
  if (/^\{\s*["}]/.test(start)) return 'jsonLines';
  if (named) return 'csv';
  if (/\.(?:json|jsonl|ndjson)$/.test(plain)) return 'jsonLines';
  return looksLikeCsv(name, head) ? 'csv' : 'jsonLines';
}

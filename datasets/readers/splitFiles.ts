import { UserError } from '../../src/base/userError.ts';
import { matchPaths } from '../hub/matchPaths.ts';

/** Names that stand for the splits which most datasets have. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'valid', 'val', 'dev'],
  test: ['test', 'testing', 'eval', 'evaluation'],
};
const DATA_FILE = /\.(?:jsonl?|ndjson|csv|tsv|parquet|arrow)(?:\.(?:gz|zst))?$/i;
/** Files beside the data: descriptions in JSON, and what is hidden. */
const NO_DATA = /(?:^|\/)(?:[._][^/]*|dataset_infos?|dataset_dict|state|config|metadata)(?:\.json$|\/|$)/;
const SHARD = /(?:^|\/)([\w.-]+?)-\d{5}-of-\d{5}[^/]*$/;

/**
 * The files of one split, among those of a dataset, by the rules of Hugging Face's `datasets` for repositories without a
 * configuration: shards named after it (`data/train-00000-of-00002.parquet`), else a folder or a part of a file's name that
 * is the split or another word for it (`test_prefs.jsonl`, `dev/a.csv`). Files that name no split are `train`. Instead of
 * a split there may be the path of a file, or a pattern.
 *
 * @param paths inside the dataset, with slashes
 * @throws {UserError} when there is no such split, with those that there are
 */
export function splitFiles(dataset: string, paths: readonly string[], split: string): string[] {
  const bySplit = groupBySplit(paths.filter((path) => DATA_FILE.test(path) && !NO_DATA.test(path)));
  const files = bySplit.get(canonical(split));
  if (files !== undefined) return requireOneFolder(dataset, files);
  const matching = matchPaths(paths, [split]);
  if (matching.length > 0) return matching;
  const splits = [...bySplit.keys()].sort();
  const message =
    splits.length === 0
      ? 'found no data files. Name a file inside it.'
      : `found the splits ${splits.map((name) => `"${name}"`).join(', ')}. Write ${dataset}:${splits[0]}.`;
  throw new UserError('input.split', `${dataset}: expected the split "${split}", ${message}`);
}

/** Shards in several folders are configurations of a dataset, not parts of one. */
function requireOneFolder(dataset: string, files: string[]): string[] {
  const folders = [...new Set(files.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))];
  if (folders.length < 2 || !SHARD.test(files[0]!)) return files;
  throw new UserError(
    'input.split',
    `${dataset}: expected shards in one folder, found them in ${folders.map((folder) => folder || './').join(', ')}. ` +
      `Choose with a pattern: ${dataset}:${files[0]!.replace(SHARD, '/$1-*').replace(/^\//, '')}.`,
  );
}

function groupBySplit(paths: readonly string[]): Map<string, string[]> {
  const shards = paths.filter((path) => SHARD.test(path));
  // Shards name their split exactly; beside them other files are copies or extras.
  if (shards.length > 0) return groupBy(shards, (path) => canonical(SHARD.exec(path)![1]!));
  const named = paths.filter((path) => keywordIn(path) !== undefined);
  return named.length > 0 ? groupBy(named, (path) => keywordIn(path)!) : groupBy(paths, () => 'train');
}

function groupBy(paths: readonly string[], splitOf: (path: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const path of paths) groups.set(splitOf(path), [...(groups.get(splitOf(path)) ?? []), path]);
  return groups;
}

function canonical(split: string): string {
  return Object.entries(KEYWORDS).find(([, words]) => words.includes(split))?.[0] ?? split;
}

/** The split that a folder or the file's name tells, the file's name first. */
function keywordIn(path: string): string | undefined {
  for (const part of path.split('/').reverse()) {
    const words = new Set(part.toLowerCase().split(/[-._ \d]+/));
    const split = Object.keys(KEYWORDS).find((name) => KEYWORDS[name]!.some((word) => words.has(word)));
    if (split !== undefined) return split;
  }
  return undefined;
}

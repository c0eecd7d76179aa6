import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { listProblems } from '../../datasets/listProblems.ts';
import { lockFolder } from '../base/folderLock.ts';
import { makeFolder } from '../base/makeFolder.ts';
import { outputFault } from '../base/outputFault.ts';
import { UserError } from '../base/userError.ts';
import { fsyncPath } from '../base/writeFileAtomic.ts';

/** What is known by the hash of the question: answers of APIs, verdicts and scores. */
export interface Judgments {
  get(key: string): unknown;
  /** Resolves once the value is on disk; values that come meanwhile go there together. */
  put(key: string, value: unknown): Promise<void>;
}

/** Judgments that are kept in a file. */
export interface JudgmentStore extends Judgments {
  readonly size: number;
  /** Waits for what is being written, and gives the folder back. */
  close(): Promise<void>;
}

const CHUNK_BYTES = 1 << 16;
const LINE_END = 10;

const entrySchema = z.object({ key: z.string().regex(/^[0-9a-f]{64}$/), value: z.json() });

/** Key of a question: the sha256 of its parts, as JSON. */
export function judgmentKey(...parts: unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/**
 * Opens the judgments kept in a folder, or starts with none. The folder belongs to this process until `close`.
 *
 * The file `judgments.jsonl` is only ever appended to, one judgment a line, flushed to disk in batches: a process that is
 * killed loses none whose `put` has resolved. A last line without its end is what a kill leaves, and is cut off.
 *
 * @throws {UserError} `output.unwritable` where there can be no such folder; `folder.locked` when another process has it open; `store.corrupt` for a file that is something else
 * @example
 *   const store = await createJudgmentStore('./judgments');
 *   const judge = withStore(await loadPreferenceModel('./judge'), store);
 */
export async function createJudgmentStore(folder: string): Promise<JudgmentStore> {
  await makeFolder(folder).catch((error: unknown) => {
    throw outputFault(error, folder);
  });
  const lock = await lockFolder(folder);
  const path = join(folder, 'judgments.jsonl');
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'a+');
    await fsyncPath(folder);
    const end = await endOfLastLine(file);
    const values = await readEntries(file, end, path);
    await file.truncate(end);
    return storeOver(file, values, lock);
  } catch (error) {
    await file?.close();
    await lock.release();
    throw error;
  }
}

function storeOver(file: FileHandle, values: Map<string, unknown>, lock: { release(): Promise<void> }): JudgmentStore {
  let waiting: string[] = [];
  let writing: Promise<void> | undefined;
  let closed = false;
  const write = async (): Promise<void> => {
    // What is put in this turn of the event loop, or during the write before, goes to disk together.
    await Promise.resolve();
    const lines = waiting.join('');
    waiting = [];
    writing = undefined;
    await file.appendFile(lines);
    await file.datasync();
  };
  let last: Promise<void> = Promise.resolve();
  return {
    get size() {
      return values.size;
    },
    get: (key) => values.get(key),
    put: (key, value) => {
      if (closed) throw new Error('The judgment store is closed.');
      values.set(key, value);
      waiting.push(`${JSON.stringify({ key, value })}\n`);
      writing ??= last = last.then(write);
      return writing;
    },
    close: async () => {
      if (closed) return;
      closed = true;
      try {
        await last;
      } finally {
        await file.close();
        await lock.release();
      }
    },
  };
}

/** Length of the file without what stands behind its last line end. */
async function endOfLastLine(file: FileHandle): Promise<number> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  for (let { size: end } = await file.stat(); end > 0;) {
    const start = Math.max(0, end - chunk.length);
    const { bytesRead } = await file.read(chunk, 0, end - start, start);
    const at = chunk.subarray(0, bytesRead).lastIndexOf(LINE_END);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

async function readEntries(file: FileHandle, end: number, path: string): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const problems: string[] = [];
  let number = 0;
  for await (const line of linesOf(file, end)) {
    number += 1;
    const entry = parseEntry(line);
    if (entry === undefined) problems.push(`line ${number}: ${line.slice(0, 60)}`);
    else values.set(entry.key, entry.value);
  }
  if (problems.length === 0) return values;
  throw new UserError(
    'store.corrupt',
    `${path}: expected one judgment a line, {"key": <sha256>, "value": ...}, found\n${listProblems(problems)}\n` +
      'Remove these lines (they are asked again), or give another folder.',
  );
}

/** The lines before byte `end`. Node's readline would also break at line separators inside of JSON strings. */
async function* linesOf(file: FileHandle, end: number): AsyncGenerator<string> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let begun: Buffer[] = [];
  for (let at = 0; at < end;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(chunk.length, end - at), at);
    at += bytesRead;
    let rest = chunk.subarray(0, bytesRead);
    for (let stop = rest.indexOf(LINE_END); stop >= 0; stop = rest.indexOf(LINE_END)) {
      yield Buffer.concat([...begun, rest.subarray(0, stop)]).toString('utf8');
      begun = [];
      rest = rest.subarray(stop + 1);
    }
    begun.push(Buffer.from(rest));
  }
}

function parseEntry(line: string): z.infer<typeof entrySchema> | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

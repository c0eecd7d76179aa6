import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { readArrowFile, type TableName, type TableRows } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import { isJsonObject, recordsOf, type JsonObject, type JsonValue, type RunRecords } from '../manifest.ts';
import { readMetrics, type MetricsRow } from '../metricsLog.ts';

/** The files of a run, read only; it may still be going on, or have been killed. */
export interface RunFolder {
  readonly path: string;
  /** The manifest in `run.json`, and what it tells beside. */
  readonly manifest: JsonObject;
  readonly records: RunRecords;
  /** Numbers of the rounds whose folders exist. */
  readonly rounds: readonly number[];
  /** What a file was to tell and cannot, in sentences. */
  readonly faults: string[];
  has(name: string): boolean;
  /** Path of a stage's file within the folder. */
  stageFile(round: number, name: string): string;
  /** Rows of a log; none when there is no such file. */
  log(name: string): MetricsRow[];
  /** Rows of a table; undefined when there is no such file, or it cannot be read, which goes to the faults. */
  table<N extends TableName>(name: string, table: N): Promise<TableRows[N][] | undefined>;
  /** A JSON object; undefined when there is no such file. */
  json(name: string): Promise<JsonObject | undefined>;
}

/**
 * Opens the folder of a run for reading.
 *
 * @throws {UserError} `run.missing` when there is no run in the folder; `run.malformed` when its run.json is not one
 */
export async function openRunFolder(path: string): Promise<RunFolder> {
  if (!existsSync(join(path, 'run.json'))) {
    throw new UserError(
      'run.missing',
      `Expected the folder of a run, found ${existsSync(path) ? 'no run.json in' : 'nothing at'} "${path}". ` +
        'Name the folder that "nashtune run" was given as --out.',
    );
  }
  const faults: string[] = [];
  const json = async (name: string): Promise<JsonObject | undefined> =>
    existsSync(join(path, name)) ? parseObject(join(path, name), await readFile(join(path, name), 'utf8')) : undefined;
  const found = (await json('run.json'))!;
  const { rounds: _, forced: __, ...manifest } = found;
  const rounds = (await readdir(path)).flatMap((name) => (/^round-\d+$/.test(name) ? [Number(name.slice(6))] : []));
  return {
    path,
    manifest,
    records: recordsOf(found),
    rounds: rounds.sort((a, b) => a - b),
    faults,
    has: (name) => existsSync(join(path, name)),
    stageFile: (round, name) => join(`round-${String(round).padStart(2, '0')}`, name),
    log: (name) => (existsSync(join(path, name)) ? readMetrics(join(path, name)) : []),
    json,
    table: async (name, table) => {
      if (!existsSync(join(path, name))) return undefined;
      try {
        return await readArrowFile(join(path, name), table);
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        // The path of the run is left out: equal runs give equal reports.
        faults.push(`${name} cannot be read: ${error.message.replaceAll(`${path}/`, '')}`);
        return undefined;
      }
    },
  };
}

function parseObject(path: string, text: string): JsonObject {
  let value: JsonValue | undefined;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    value = undefined;
  }
  if (isJsonObject(value)) return value;
  throw new UserError('run.malformed', `${path}: expected a JSON object, found something else. Restore the file.`);
}

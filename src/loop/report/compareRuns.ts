import { basename, resolve } from 'node:path';

import { UserError } from '../../base/userError.ts';
import { flattenJson, type JsonValue } from '../manifest.ts';
import { readReportData } from './readReportData.ts';
import type { ReportData } from './reportData.ts';

export interface ComparedRun {
  /** The folder's name; its path where runs share the name. */
  name: string;
  path: string;
  data: ReportData;
}

/** Something that not all runs have alike: an option, a seed, the hash of an input, a version. */
export interface RunDifference {
  /** Its path in `run.json`. */
  key: string;
  /** One for each run; undefined where a run lacks it. */
  values: (JsonValue | undefined)[];
}

export interface RunComparison {
  runs: ComparedRun[];
  differences: RunDifference[];
}

/**
 * Reads two runs or more to be set side by side.
 *
 * @throws {UserError} `compare.runs` for fewer than two, or one given twice; else as readReportData
 */
export async function compareRuns(paths: readonly string[]): Promise<RunComparison> {
  const twice = paths.filter((path, at) => paths.some((other, i) => i < at && resolve(other) === resolve(path)));
  if (paths.length < 2 || twice.length > 0) {
    const found = twice.length > 0 ? `"${twice[0]}" twice` : `${paths.length}`;
    throw new UserError('compare.runs', `Expected folders of two runs or more, found ${found}. Name each run once.`);
  }
  const datas: ReportData[] = [];
  for (const path of paths) datas.push(await readReportData(path));
  const names = paths.map((path) => basename(resolve(path)));
  const runs = paths.map((path, at) => {
    const name = names.filter((other) => other === names[at]).length > 1 ? path : names[at]!;
    return { name, path, data: datas[at]! };
  });
  return { runs, differences: differencesOf(datas) };
}

function differencesOf(datas: readonly ReportData[]): RunDifference[] {
  const leaves = datas.map(({ run }) => new Map(flattenJson(run)));
  const keys = [...new Set(leaves.flatMap((map) => [...map.keys()]))];
  return keys
    .map((key) => ({ key, values: leaves.map((map) => map.get(key)) }))
    .filter(({ values }) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

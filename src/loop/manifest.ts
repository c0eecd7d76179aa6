/** What JSON can hold; `undefined` properties are left out when written. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * All that decides the bytes of a run, and nothing else: no clock, no host name, no output path. It is written to
 * `run.json`, and a run is resumed only with an equal one.
 */
export interface RunManifest {
  /** Name of the recipe. */
  readonly recipe: string;
  /** The resolved recipe: every option with its value. */
  readonly config: JsonObject;
  readonly seeds: Readonly<Record<string, number | string>>;
  /** Content hash of each input, by the name under which the recipe knows it. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Version of nashtune and of the packages and libraries that compute. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A value that differs between two manifests, by its dotted path; undefined where one of them lacks it. */
export interface ManifestDifference {
  key: string;
  before: JsonValue | undefined;
  after: JsonValue | undefined;
}

/** What `run.json` tells beside the manifest; it does not take part in comparisons. */
export interface RunRecords {
  /** What each round was and came to. */
  rounds?: readonly JsonObject[];
  /** What differed each time the run was resumed by force. */
  forced?: readonly JsonObject[];
}

/** The records in a parsed `run.json`. */
export function recordsOf(object: JsonObject): RunRecords {
  const list = (value: JsonValue | undefined): JsonObject[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);
  return { rounds: list(object['rounds']), forced: list(object['forced']) };
}

/**
 * The text of `run.json`: equal manifests give equal bytes, in whatever order their keys were set.
 *
 * @throws {TypeError} when a number is not finite: JSON cannot hold it
 */
export function manifestText(manifest: RunManifest, records: RunRecords = {}): string {
  const { recipe, config, seeds, inputs, versions } = manifest;
  const sections = Object.entries({ config, seeds, inputs, versions }).map(([key, section]) => [
    key,
    sortKeys(section, key),
  ]);
  const told = Object.entries(records)
    .filter(([, list]) => list.length > 0)
    .map(([key, list]) => [key, sortKeys(list, key)]);
  return `${JSON.stringify({ recipe, ...Object.fromEntries([...sections, ...told]) }, null, 2)}\n`;
}

/** The values of `after` that are not those of `before`, in the order of their keys. */
export function manifestDifferences(before: JsonObject, after: JsonObject): ManifestDifference[] {
  const [old, current] = [new Map(flattenJson(before)), new Map(flattenJson(after))];
  const keys = [...new Set([...old.keys(), ...current.keys()])].sort();
  return keys
    .filter((key) => JSON.stringify(old.get(key)) !== JSON.stringify(current.get(key)))
    .map((key) => ({ key, before: old.get(key), after: current.get(key) }));
}

/** The leaves of an object by dotted path, in the order of the object; a list counts as one leaf. */
export function flattenJson(object: JsonObject, prefix = ''): [key: string, value: JsonValue][] {
  return Object.entries(object).flatMap(([key, value]): [string, JsonValue][] => {
    if (value === undefined) return [];
    if (isJsonObject(value) && Object.keys(value).length > 0) return flattenJson(value, `${prefix}${key}.`);
    return [[`${prefix}${key}`, value]];
  });
}

/** Whether a JSON value is an object, not a list or a plain value. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortKeys(value: JsonValue, path: string): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue, i) => sortKeys(item, `${path}.${i}`));
  if (isJsonObject(value)) {
    const entries = Object.entries(value).flatMap(([key, item]): [string, JsonValue][] =>
      item === undefined ? [] : [[key, sortKeys(item, `${path}.${key}`)]],
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`run.json: ${path} must be a JSON value, got ${value}.`);
  }
  return value;
}

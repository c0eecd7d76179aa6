/** Options by name; a section is an object of its own. */
export type ConfigTree = Readonly<Record<string, unknown>>;

/** Whether a value is an object written with braces: an instance of a class is passed on as it is. */
export function isConfigTree(value: unknown): value is ConfigTree {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Fields of `over` win; objects are merged, all else is replaced. */
export function mergeConfigTrees(under: ConfigTree, over: ConfigTree): ConfigTree {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const before = merged.get(key);
    const isSection = isConfigTree(before) && isConfigTree(value);
    if (value !== undefined) merged.set(key, isSection ? mergeConfigTrees(before, value) : value);
  }
  return Object.fromEntries(merged); // defines fields: one called __proto__ stays a field
}

/** The field of that name, never an inherited one. */
export function ownField<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

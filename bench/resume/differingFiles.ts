/** Paths that only one of two runs has, or that hold other bytes; each with what is the matter. */
export function differingFiles(whole: ReadonlyMap<string, string>, resumed: ReadonlyMap<string, string>): string[] {
  const paths = [...new Set([...whole.keys(), ...resumed.keys()])].sort();
  return paths.flatMap((path) => {
    if (!resumed.has(path)) return [`${path} is missing`];
    if (!whole.has(path)) return [`${path} is there only after the kills`];
    return whole.get(path) === resumed.get(path) ? [] : [`${path} differs`];
  });
}

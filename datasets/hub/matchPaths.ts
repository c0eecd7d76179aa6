/**
 * The paths that match one of the patterns and none of those that begin with `!`, in their own order.
 *
 * `*` and `?` stand for any characters within a name, a part `**` for any folders, also none.
 *
 * @example matchPaths(['a.json', 'b/a.json', 'b.bin'], ['*.json']); // ['a.json']
 */
export function matchPaths(paths: readonly string[], patterns: readonly string[]): string[] {
  const wanted = patterns.filter((pattern) => !pattern.startsWith('!')).map(compile);
  const unwanted = patterns.filter((pattern) => pattern.startsWith('!')).map((pattern) => compile(pattern.slice(1)));
  return paths.filter((path) => wanted.some((one) => one.test(path)) && !unwanted.some((one) => one.test(path)));
}

function compile(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|[*?]|[\\^$.|+()[\]{}]/g, (found) => {
    if (found === '**/') return '(?:[^/]+/)*';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
  return new RegExp(`^${source}$`, 'u');
}

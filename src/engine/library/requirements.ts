/** A line of a wheel's METADATA that asks for another project. */
export interface Requirement {
  project: string;
  /** As written, such as `<13.0,>=12.5.82`. */
  specifier: string;
}

type Comparison = (order: number) => boolean;

const OPERATORS: Readonly<Record<string, Comparison>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>=': (order) => order >= 0,
  '>': (order) => order > 0,
};

/**
 * The projects that a wheel asks for under an extra, such as `and-cuda`.
 *
 * @param metadata text of the wheel's METADATA file
 * @see https://packaging.python.org/en/latest/specifications/dependency-specifiers/
 */
export function parseRequirements(metadata: string, extra: string): Requirement[] {
  const header = metadata.split(/\r?\n\r?\n/, 1)[0] ?? '';
  const requirements: Requirement[] = [];
  for (const line of header.split(/\r?\n/)) {
    const [, text, marker = ''] = /^Requires-Dist:\s*([^;]+?)\s*(?:;(.*))?$/.exec(line) ?? [];
    if (text === undefined || /extra\s*==\s*["']([^"']+)["']/.exec(marker)?.[1] !== extra) continue;
    const [, project, specifier = ''] = /^([\w.-]+)\s*\(?([^)]*)\)?$/.exec(text) ?? [];
    if (project !== undefined) requirements.push({ project, specifier: specifier.replaceAll(' ', '') });
  }
  return requirements;
}

/**
 * Whether a final release meets a specifier; pre-releases never do.
 *
 * @throws {Error} for an operator that CUDA's requirements do not use
 */
export function satisfies(version: string, specifier: string): boolean {
  if (!/^\d+(\.\d+)*(\.post\d+)?$/.test(version)) return false;
  return specifier
    .split(',')
    .filter((clause) => clause !== '')
    .every((clause) => {
      const [, operator = '', bound = ''] = /^([<>=!~]+)(.*)$/.exec(clause) ?? [];
      const compare = OPERATORS[operator];
      if (compare === undefined) throw new Error(`Version specifier "${specifier}": cannot read "${clause}"`);
      return compare(compareVersions(version, bound));
    });
}

/** Negative, zero or positive; missing parts count as zero, a post-release follows its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(/\.(?:post)?/).map(Number));
  for (let i = 0; i < Math.max(left!.length, right!.length); i++) {
    const order = (left![i] ?? 0) - (right![i] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

import { fetchPatiently } from '../../base/fetchPatiently.ts';
import { UserError } from '../../base/userError.ts';
import { explainDownload } from './explainDownload.ts';
import { compareVersions, satisfies, type Requirement } from './requirements.ts';
import { NEWEST_GLIBC_MINOR } from './wheels.ts';

/** A file that a package index offers. */
export interface IndexFile {
  fileName: string;
  url: string;
  /** Hexadecimal, or null when the index does not tell. */
  sha256: string | null;
  /** Bytes, or null when the index does not tell. */
  size: number | null;
  yanked: boolean;
}

const JSON_TYPE = 'application/vnd.pypi.simple.v1+json';

/**
 * Lists a project's files on a package index in the "simple" layout, JSON or HTML (many mirrors know only HTML).
 *
 * @param index base address without a slash at the end
 * @see https://packaging.python.org/en/latest/specifications/simple-repository-api/
 */
export async function listIndexFiles(index: string, project: string): Promise<IndexFile[]> {
  const address = `${index}/${project}/`;
  const headers = { accept: `${JSON_TYPE}, text/html;q=0.2` };
  const listing = fetchPatiently(address, { headers }, async (response) => {
    const text = await response.text();
    const base = response.url === '' ? address : response.url;
    return text.trimStart().startsWith('{') ? parseJson(text, base) : parseHtml(text, base);
  });
  return explainDownload(listing);
}

function parseJson(text: string, base: string): IndexFile[] {
  interface File {
    filename: string;
    url: string;
    hashes: { sha256?: string };
    size?: number;
    yanked?: boolean | string;
  }
  const { files } = JSON.parse(text) as { files: File[] };
  return files.map(({ filename, url, hashes, size, yanked }) => ({
    fileName: filename,
    url: new URL(url, base).href,
    sha256: hashes.sha256 ?? null,
    size: size ?? null,
    yanked: yanked !== undefined && yanked !== false,
  }));
}

function parseHtml(text: string, base: string): IndexFile[] {
  const files: IndexFile[] = [];
  for (const [, attributes = '', fileName = ''] of text.matchAll(/<a\s([^>]*)>([^<]*)<\/a>/gi)) {
    const href = /href\s*=\s*["']([^"']*)["']/i.exec(attributes)?.[1]?.replaceAll('&amp;', '&');
    if (href === undefined) continue;
    const url = new URL(href, base);
    const sha256 = /sha256=([0-9a-f]{64})/.exec(url.hash)?.[1] ?? null;
    url.hash = '';
    const yanked = /\bdata-yanked\b/i.test(attributes);
    files.push({ fileName: fileName.trim(), url: url.href, sha256, size: null, yanked });
  }
  return files;
}

/** The wheel with exactly this name. */
export async function findIndexFile(index: string, project: string, fileName: string): Promise<IndexFile> {
  const file = (await listIndexFiles(index, project)).find((candidate) => candidate.fileName === fileName);
  if (file !== undefined) return file;
  throw new UserError(
    'engine.download',
    `Package index ${index}: expected the file ${fileName} of project ${project}, and it is not listed there. ` +
      'Set NASHTUNE_WHEEL_INDEX to an index that has it, such as https://pypi.org/simple.',
  );
}

/** The newest wheel for Linux that meets a requirement, as pip would choose it. */
export async function resolveRequirement(
  index: string,
  { project, specifier }: Requirement,
  machine: string,
): Promise<IndexFile> {
  const candidates = (await listIndexFiles(index, project))
    .filter((file) => !file.yanked && runsOn(file.fileName, machine))
    .map((file) => ({ file, version: file.fileName.split('-')[1] ?? '' }))
    .filter(({ version }) => satisfies(version, specifier))
    .sort((a, b) => compareVersions(b.version, a.version));
  const best = candidates[0];
  if (best !== undefined) return best.file;
  throw new UserError(
    'engine.download',
    `Package index ${index}: expected a wheel of ${project} ${specifier} for Linux ${machine}, found none. ` +
      'Set NASHTUNE_WHEEL_INDEX to an index that has it, such as https://pypi.org/simple.',
  );
}

function runsOn(fileName: string, machine: string): boolean {
  if (!fileName.endsWith('.whl')) return false;
  const platforms = fileName.slice(0, -'.whl'.length).split('-').at(-1) ?? '';
  return platforms.split('.').some((platform) => {
    if (!platform.endsWith(`_${machine}`)) return false;
    const minor = /^manylinux_2_(\d+)_/.exec(platform)?.[1];
    return minor === undefined ? /^manylinux(1|2010|2014)_/.test(platform) : Number(minor) <= NEWEST_GLIBC_MINOR;
  });
}

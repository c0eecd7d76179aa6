import { UserError } from '../../src/base/userError.ts';

/** A repository of the Hugging Face Hub at one of its revisions. */
export interface HubReference {
  /** As the user wrote it, for messages. */
  text: string;
  type: 'model' | 'dataset';
  /** Owner and name, such as `meta-llama/Llama-3.2-1B`, or the name alone under which an old repository is still served. */
  name: string;
  /** Branch, tag or commit. */
  revision: string;
}

const PREFIX = 'hub:';
const DATASETS = 'datasets/';
// What the Hub allows in the names of owners and repositories.
const NAME = /^\w(?:[\w.-]{0,94}\w)?$/;
/** First parts of the Hub's addresses that are no owners. */
const KINDS = new Set(['datasets', 'models', 'spaces', 'buckets', 'kernels']);

/** Whether a text means a repository of the Hub, and not a folder: it begins with `hub:`. */
export function isHubReference(text: string): boolean {
  return text.startsWith(PREFIX);
}

/**
 * Reads `hub:owner/name`, `hub:owner/name@revision` or `hub:datasets/owner/name`; the revision is `main` unless given.
 *
 * Repositories from before there were owners keep their names: for `hub:gpt2` the Hub redirects to `openai-community/gpt2`.
 *
 * @throws {UserError} `hub.reference`
 * @example parseHubReference('hub:meta-llama/Llama-3.2-1B@main').name; // 'meta-llama/Llama-3.2-1B'
 */
export function parseHubReference(text: string): HubReference {
  if (!isHubReference(text)) throw malformed(text, `it does not begin with "${PREFIX}"`);
  const [path = '', ...rest] = text.slice(PREFIX.length).split('@');
  const type = path.startsWith(DATASETS) ? 'dataset' : 'model';
  const name = type === 'dataset' ? path.slice(DATASETS.length) : path;
  const parts = name.split('/');
  if (parts.length > 2 || KINDS.has(parts[0] ?? '')) throw malformed(text, `"${path}" is no owner and name`);
  const wrong = parts.find((part) => !isName(part));
  if (wrong !== undefined) throw malformed(text, `"${wrong}" is no name that the Hub allows`);
  const revision = rest.length === 0 ? 'main' : rest.join('@');
  if (!isRevision(revision)) throw malformed(text, `"${revision}" is no branch, tag or commit`);
  return { text, type, name, revision };
}

function isName(part: string): boolean {
  return NAME.test(part) && !part.includes('--') && !part.includes('..') && !part.endsWith('.git');
}

/** The rules of `git check-ref-format`; they also keep a revision inside the folder that is named after it. */
function isRevision(revision: string): boolean {
  if (/[\s~^:?*[\\]|\p{Cc}|\.\.|@\{/u.test(revision)) return false;
  return revision.split('/').every((part) => /^[^.]/.test(part) && !/(?:\.|\.lock)$/.test(part));
}

function malformed(text: string, problem: string): UserError {
  return new UserError(
    'hub.reference',
    `"${text}": expected a repository of the Hugging Face Hub, and ${problem}. ` +
      `Write it as ${PREFIX}owner/name, with @revision behind it or not, for example ` +
      `${PREFIX}meta-llama/Llama-3.2-1B@main or ${PREFIX}${DATASETS}openai/gsm8k.`,
  );
}

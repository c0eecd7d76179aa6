import { UserError } from '../../src/base/userError.ts';
import type { HubReference } from './hubReference.ts';
import { matchPaths } from './matchPaths.ts';

/** What loading a model needs: configuration, weights (an adapter's too), tokenizer, chat template. */
const MODEL_FILES = [
  'config.json',
  'generation_config.json',
  'adapter_config.json',
  '*.safetensors',
  'model.safetensors.index.json',
  // The same weights once more, in the layout of their maker.
  '!consolidated*.safetensors',
  'tokenizer.json',
  'tokenizer_config.json',
  'tokenizer.model',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'vocab.txt',
  'merges.txt',
  'chat_template.jinja',
];
const DATASET_FILES = ['**/*.arrow', '**/*.json', '**/*.jsonl', '**/*.parquet'];
const SHOWN = 5;

/** The patterns of the files that a kind of repository is fetched for. */
export function defaultPatterns({ type }: HubReference): readonly string[] {
  return type === 'model' ? MODEL_FILES : DATASET_FILES;
}

/** Whether a file that `defaultPatterns` chose holds weights of a model. */
export function isWeights(path: string): boolean {
  return path.endsWith('.safetensors');
}

/**
 * Chooses from all paths of a repository those to fetch.
 *
 * @param patterns null for those of the repository's kind; a model must then have weights as safetensors
 * @throws {UserError} `hub.pickle` when its weights are a pickle, `hub.noFiles` when there is nothing to fetch
 */
export function selectFiles(
  reference: HubReference,
  paths: readonly string[],
  patterns: readonly string[] | null,
): string[] {
  const chosen = matchPaths(paths, patterns ?? defaultPatterns(reference));
  const enough = patterns === null && reference.type === 'model' ? chosen.some(isWeights) : chosen.length > 0;
  if (enough) return chosen;
  if (patterns === null && paths.some((path) => /^pytorch_model[^/]*\.bin$/.test(path))) throw pickle(reference);
  const wanted = patterns?.join(', ') ?? (reference.type === 'model' ? '*.safetensors' : DATASET_FILES.join(', '));
  throw new UserError(
    'hub.noFiles',
    `${reference.text}: expected files that match ${wanted}, found ${shorten(paths)}. ` +
      'Name another repository, or another revision of this one.',
  );
}

function pickle({ text, name, revision }: HubReference): UserError {
  const folder = `./${name.split('/').at(-1)}`;
  const convert =
    'python -c "from transformers import AutoModelForCausalLM as M, AutoTokenizer as T; ' +
    `[X.from_pretrained('${name}', revision='${revision}').save_pretrained('${folder}') for X in (M, T)]"`;
  return new UserError(
    'hub.pickle',
    `${text}: expected weights as *.safetensors, found only a pickle (pytorch_model.bin), which may run code. ` +
      `Convert it, then use the folder ${folder} in its place: ${convert}`,
  );
}

function shorten(paths: readonly string[]): string {
  if (paths.length === 0) return 'none';
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return `${paths.slice(0, SHOWN).join(', ')}${more}`;
}

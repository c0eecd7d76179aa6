import { BYTE_CHARACTERS, learnMerges } from './bytePairs.ts';
import type { Merge } from './bytePairs.ts';

/** The files of a Hugging Face tokenizer, by name. */
export type TokenizerFiles = Record<'tokenizer.json' | 'tokenizer_config.json' | 'chat_template.jinja', string>;

/** Special tokens in the order of their ids. The first pads, the last ends every message and so the answer. */
const SPECIAL_TOKENS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'] as const;

/** ChatML: `<|im_start|>role`, the trimmed content, `<|im_end|>`, each message on lines of its own. */
const CHAT_TEMPLATE = `{% for m in messages %}{{ '<|im_start|>' + m['role'] + '
' + m['content'] | trim + '<|im_end|>
' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant
' }}{% endif %}`;

// Written out because JSON.stringify would turn the length, transformers' word for "no limit", into 1e+30.
const CONFIG = `{
  "backend": "tokenizers",
  "eos_token": "<|im_end|>",
  "model_max_length": 1000000000000000019884624838656,
  "pad_token": "<|endoftext|>",
  "tokenizer_class": "TokenizersBackend"
}
`;

/**
 * Trains a byte-level BPE tokenizer with a ChatML template, in the files that `transformers` and `@huggingface/tokenizers`
 * load: the special tokens `<|endoftext|>` (0, padding), `<|im_start|>` (1) and `<|im_end|>` (2, end), then the 256 bytes,
 * then the merges. Every text can be encoded, and decoding gives it back.
 *
 * @param texts          what the tokenizer should be good at
 * @param vocabularySize tokens in all; fewer when the texts do not yield as many merges
 * @throws {RangeError} when the size leaves no room for special tokens and bytes
 * @example trainTokenizer(dialogues.flatMap(({ prompt, answer }) => [prompt, answer]), 1024);
 */
export function trainTokenizer(texts: readonly string[], vocabularySize: number): TokenizerFiles {
  const fixed = [...SPECIAL_TOKENS, ...[...BYTE_CHARACTERS].sort()];
  if (!(Number.isInteger(vocabularySize) && vocabularySize >= fixed.length)) {
    throw new RangeError(
      `trainTokenizer: expected a vocabulary of at least ${fixed.length} tokens, got ${vocabularySize}. Ask for more.`,
    );
  }
  // The roles are part of every conversation that the template writes.
  const roles = texts.flatMap(() => ['user\n', 'assistant\n']);
  const merges = learnMerges([...texts, ...roles], vocabularySize - fixed.length);
  return {
    'tokenizer.json': JSON.stringify(tokenizerJson(fixed, merges), undefined, 2),
    'tokenizer_config.json': CONFIG,
    'chat_template.jinja': CHAT_TEMPLATE,
  };
}

function tokenizerJson(fixed: readonly string[], merges: readonly Merge[]): object {
  const tokens = [...fixed, ...merges.map(([left, right]) => left + right)];
  const byteLevel = { type: 'ByteLevel', trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map(addedToken),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, add_prefix_space: false },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
      special_tokens: {},
    },
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

function addedToken(content: string, id: number): object {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

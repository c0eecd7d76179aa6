import type { Message, Tokenizer } from '../../../datasets/index.ts';
import { UserError } from '../../base/userError.ts';
import type { PairRmConfig } from './pairRmConfig.ts';

/** One ordered pair as PairRM reads it. */
export interface EncodedPair {
  ids: number[];
  /** Where the markers of the conversation, of the left and of the right answer stand. */
  markers: readonly [source: number, left: number, right: number];
}

const MARKERS = { source: '<|source|>', left: '<|candidate1|>', right: '<|candidate2|>' } as const;

/** Written by llm-blender before conversations of several turns, "coversation" included: the model has learned it so. */
const SEVERAL_TURNS =
  'Finish the following coversation in each i-th turn by filling in <Response i> with your response.';

/** A conversation as PairRM reads it. */
export interface PairRmSource {
  /** Token ids, with marker and separators. */
  ids: number[];
  /** What stands before each answer: nothing, or the earlier answers and the number of this one. */
  before: string;
}

/** Encodes conversations and answers for one PairRM model. */
export interface PairRmEncoder {
  source(prompt: readonly Message[]): PairRmSource;
  /** An ordered pair of answers; what is too long loses its end. */
  pair(source: PairRmSource, left: string, right: string): EncodedPair;
}

/**
 * A conversation as the text that PairRM was trained on: a single question as it is; several turns as llm-blender's
 * `compare_conversations` writes them, where earlier answers stand before the answer. System messages come first.
 */
export function pairRmTexts(prompt: readonly Message[]): { source: string; before: string } {
  const system = prompt
    .flatMap(({ role, content }) =>
      role === 'system'
        ? `${content}
`
        : [],
    )
    .join('');
  const turns = prompt.filter(({ role }) => role !== 'system');
  if (turns.length === 1) return { source: `${system}${turns[0]!.content}`, before: '' };
  const lines: string[] = [];
  let before = '';
  let number = 1;
  for (const { role, content } of turns) {
    lines.push(role === 'assistant' ? `Assistant: <Response ${number}>` : `USER: ${content}`);
    if (role === 'assistant') before += `<Response ${number++}>: ${content}\n`;
  }
  lines.push(`Assistant: <Response ${number}>`);
  return { source: `${SEVERAL_TURNS}${system}${lines.join('\n')}`, before: `${before}<Response ${number}>: ` };
}

/**
 * Prepares the encoding of pairs: [CLS] `<|source|>` text [SEP] [CLS] `<|candidate1|>` left [SEP] [CLS] `<|candidate2|>` right
 * [SEP]. What a conversation does not use of its length goes to the answers, half to each.
 *
 * @throws {UserError} when the tokenizer does not know the markers, or is not the model's
 */
export function createPairRmEncoder(tokenizer: Tokenizer, config: PairRmConfig): PairRmEncoder {
  const { start, end } = checkTokenizer(tokenizer, config);
  const endText = tokenizer.specialTokens['sep_token']!;
  const segment = (marker: string, text: string, longest: number): number[] => {
    const content = tokenizer.encode(`${marker}${text.replaceAll(endText, ' ')}`, { addSpecialTokens: false });
    return [start, ...content.slice(0, longest - 2), end];
  };
  return {
    source: (prompt) => {
      const { source, before } = pairRmTexts(prompt);
      return { ids: segment(MARKERS.source, source, config.sourceLength), before };
    },
    pair: ({ ids: source, before }, left, right) => {
      const longest = config.candidateLength + Math.floor((config.sourceLength - source.length) / 2);
      const first = segment(MARKERS.left, `${before}${left}`, longest);
      const ids = [...source, ...first, ...segment(MARKERS.right, `${before}${right}`, longest)];
      return { ids, markers: [1, source.length + 1, source.length + first.length + 1] };
    },
  };
}

function checkTokenizer(tokenizer: Tokenizer, { encoder }: PairRmConfig): { start: number; end: number } {
  const problems: string[] = [];
  const idOf = (token: string | undefined, name: string): number => {
    const ids = token === undefined ? [] : tokenizer.encode(token, { addSpecialTokens: false });
    if (ids.length !== 1) problems.push(`it has no token ${name}`);
    return ids[0] ?? 0;
  };
  for (const marker of Object.values(MARKERS)) idOf(marker, marker);
  const start = idOf(tokenizer.specialTokens['cls_token'], 'cls_token');
  const end = idOf(tokenizer.specialTokens['sep_token'], 'sep_token');
  if (tokenizer.vocabSize > encoder.vocabSize) {
    problems.push(`it has ${tokenizer.vocabSize} tokens, the model ${encoder.vocabSize}`);
  }
  if (problems.length === 0) return { start, end };
  throw new UserError(
    'judge.tokenizer',
    `${tokenizer.folder}: not the tokenizer of a PairRM model: ${problems.join('; ')}. ` +
      'Use tokenizer.json and tokenizer_config.json of llm-blender/PairRM-hf.',
  );
}

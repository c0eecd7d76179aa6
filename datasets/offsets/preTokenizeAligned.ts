import type { PreTokenizer } from '../libraryTokenizer.ts';
import { mapAligned, prependAligned, sliceAligned } from './alignedText.ts';
import type { AlignedText } from './alignedText.ts';
import { UntrackedPart } from './untrackedPart.ts';

/**
 * Cuts a text into the pieces that the library's pre-tokenizer cuts it into, and keeps the spans.
 *
 * @param section the place of the text among the added tokens around it
 * @throws {UntrackedPart} naming the pre-tokenizer
 */
export function preTokenizeAligned(
  preTokenizer: PreTokenizer | null,
  text: AlignedText,
  section: number,
): AlignedText[] {
  if (preTokenizer === null) return [text];
  if (preTokenizer.tokenizers) {
    return preTokenizer.tokenizers.reduce(
      (pieces, part) => pieces.flatMap((piece) => preTokenizeAligned(part, piece, section)),
      [text],
    );
  }
  const pieces = track(preTokenizer, text, section);
  const expected = preTokenizer.pre_tokenize_text(text.text, { section_index: section });
  if (pieces?.length === expected.length && pieces.every((piece, i) => piece.text === expected[i])) return pieces;
  throw new UntrackedPart(`the pre-tokenizer ${preTokenizer.config?.type ?? preTokenizer.constructor.name}`);
}

function track(part: PreTokenizer, text: AlignedText, section: number): AlignedText[] | null {
  if (part.str_rep !== undefined) return [markSpaces(part, part.str_rep, text, section)];
  switch (part.config?.type) {
    case 'ByteLevel':
      return toBytes(part, text);
    case 'Digits':
    case 'Punctuation':
      return part.pattern ? cut(text, part.pattern, 'matches') : null;
    case 'Split':
      return split(part, text);
    default:
      return null;
  }
}

function markSpaces(part: PreTokenizer, mark: string, text: AlignedText, section: number): AlignedText {
  const marked = mapAligned(text, (character) => (character === ' ' ? mark : character));
  const wanted = part.prepend_scheme === 'always' || (part.prepend_scheme === 'first' && section === 0);
  return wanted && !marked.text.startsWith(part.replacement ?? mark) ? prependAligned(marked, mark) : marked;
}

/** Each byte stands for the whole of its character. */
function toBytes(
  { add_prefix_space, use_regex, pattern, byte_encoder }: PreTokenizer,
  text: AlignedText,
): AlignedText[] {
  const prefixed = add_prefix_space && !text.text.startsWith(' ') ? prependAligned(text, ' ') : text;
  const pieces = use_regex && pattern ? cut(prefixed, pattern, 'matches') : [prefixed];
  const encoder = new TextEncoder();
  return pieces.map((piece) =>
    mapAligned(piece, (character) => Array.from(encoder.encode(character), (byte) => byte_encoder?.[byte]).join('')),
  );
}

function split({ config, pattern }: PreTokenizer, text: AlignedText): AlignedText[] | null {
  if (!pattern) return null;
  const behavior = config?.behavior?.toLowerCase();
  if (behavior === 'removed') return cut(text, pattern, config?.invert ? 'matches' : 'between');
  const pieces = cut(text, pattern, 'both');
  // The library knows two behaviours; the others make a difference only where something matches.
  return behavior === 'isolated' || pieces.length === 1 ? pieces : null;
}

/** The parts of a text that match a pattern, those between them, or both; none of them empty. */
function cut(text: AlignedText, pattern: RegExp, keep: 'matches' | 'between' | 'both'): AlignedText[] {
  const pieces: AlignedText[] = [];
  const push = (from: number, to: number, kind: typeof keep): void => {
    if (from < to && (keep === 'both' || keep === kind)) pieces.push(sliceAligned(text, from, to));
  };
  let last = 0;
  for (const { 0: match, index } of text.text.matchAll(pattern)) {
    push(last, index, 'between');
    last = index + match.length;
    push(index, last, 'matches');
  }
  push(last, text.text.length, 'between');
  return pieces;
}

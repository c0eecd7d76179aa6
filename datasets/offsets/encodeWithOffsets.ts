import type { LibraryTokenizer, PostProcessor, Splitter } from '../libraryTokenizer.ts';
import { alignText, sliceAligned, spanOf } from './alignedText.ts';
import type { AlignedText, Span } from './alignedText.ts';
import { normalizeAligned } from './normalizeAligned.ts';
import { preTokenizeAligned } from './preTokenizeAligned.ts';
import { tokenizeAligned } from './tokenizeAligned.ts';
import type { SpannedToken } from './tokenizeAligned.ts';
import { UntrackedPart } from './untrackedPart.ts';

/** Tokens of a text and where they stand in it. */
export interface Encoding {
  ids: number[];
  /** One a token: start and end in the text, in UTF-16 code units, so that `text.slice(start, end)` is what it covers. */
  offsets: [start: number, end: number][];
}

// The byte-level alphabet's letter for a space, and those that Rust takes for one.
const LEADING_SPACES = /^[\u0120\p{White_Space}]*/u;
const TRAILING_SPACES = /[\u0120\p{White_Space}]*$/u;
const NOTHING: Span = [0, 0];

/**
 * Follows a text through the stages of the library's tokenizer, which knows no offsets itself: added tokens, normalizer,
 * pre-tokenizer, model, post-processor. Texts and pieces on the way are checked against the library's own components, and the
 * tokens against its own.
 *
 * @throws {UntrackedPart} naming the part through which spans cannot be followed
 */
export function encodeWithOffsets(library: LibraryTokenizer, text: string, addSpecialTokens: boolean): Encoding {
  if (library.remove_space) throw new UntrackedPart('the setting remove_space');
  if (library.do_lowercase_and_remove_accent) throw new UntrackedPart('the setting do_lowercase_and_remove_accent');
  const tokens = tokensOf(library, library.splitter_unnormalized, alignText(text), (section, index) => {
    const normalized = normalizeAligned(library.normalizer, section);
    return tokensOf(library, library.splitter_normalized, normalized, (part) =>
      tokenizeAligned(library.model, preTokenizeAligned(library.pre_tokenizer, part, index)),
    );
  });
  const processed = library.post_processor
    ? postProcess(library.post_processor, text, tokens, addSpecialTokens)
    : tokens;
  const encoding: Encoding = { ids: [], offsets: [] };
  for (const token of processed) {
    const id = typeof token === 'string' ? specialId(library, token) : token.id;
    if (id === undefined) continue;
    encoding.ids.push(id);
    encoding.offsets.push([...(typeof token === 'string' ? NOTHING : token.span)]);
  }
  const { ids } = library.encode(text, { add_special_tokens: addSpecialTokens });
  if (ids.filter((id) => id !== undefined).join() === encoding.ids.join()) return encoding;
  throw new Error(`encodeWithOffsets followed other tokens than encode gives, in ${JSON.stringify(text)}`);
}

/** The added tokens of a text, and what its other parts are turned into. */
function tokensOf(
  library: LibraryTokenizer,
  splitter: Splitter,
  text: AlignedText,
  encode: (part: AlignedText, index: number) => SpannedToken[],
): SpannedToken[] {
  return splitter.cut(text.text).flatMap(({ start, end, token }, index) => {
    const part = sliceAligned(text, start, end);
    const id = token === null ? undefined : library.added_tokens_map.get(token)?.id;
    return id === undefined ? encode(part, index) : [{ token: part.text, id, span: spanOf(part) }];
  });
}

function postProcess(
  processor: PostProcessor,
  text: string,
  tokens: readonly (SpannedToken | string)[],
  addSpecialTokens: boolean,
): (SpannedToken | string)[] {
  if (processor.processors) {
    return processor.processors.reduce((all, part) => postProcess(part, text, all, addSpecialTokens), tokens.slice());
  }
  const { type, trim_offsets: trim, add_prefix_space: prefixed } = processor.config;
  const trims = trim && (type === 'ByteLevel' || type === 'RobertaProcessing');
  const trimmed = trims ? tokens.map((token, i) => trimSpaces(text, token, i, prefixed ?? false)) : tokens.slice();
  return processor.post_process(trimmed, null, addSpecialTokens).tokens;
}

/** Leaves white space out of a span, as `process_offsets` in Rust does; a single space that was put before the text is none. */
function trimSpaces(
  text: string,
  token: SpannedToken | string,
  index: number,
  prefixed: boolean,
): SpannedToken | string {
  if (typeof token === 'string') return token;
  const [start, end] = token.span;
  const leading = LEADING_SPACES.exec(token.token)![0].length;
  const trailing = TRAILING_SPACES.exec(token.token)![0].length;
  const added = prefixed && leading === 1 && (index === 0 || start === 0);
  // What is left out is counted in characters, and one that was put before the text is no white space in it.
  const from = added ? start : Math.min(step(text, start, leading), end);
  return { ...token, span: [from, Math.max(step(text, end, -trailing), from)] };
}

/** The place some characters on from a place between characters, at most the end; or back, if there are as many. */
function step(text: string, from: number, characters: number): number {
  let place = from;
  for (let i = 0; i < characters && place < text.length; i++) place += text.codePointAt(place)! > 0xffff ? 2 : 1;
  for (let i = 0; i > characters; i--) {
    if (place === 0) return from;
    place -= text.codePointAt(place - 2)! > 0xffff ? 2 : 1;
  }
  return place;
}

/** As the library looks up what its post-processors write. */
function specialId({ added_tokens_map: added, model }: LibraryTokenizer, token: string): number | undefined {
  return added.get(token)?.id ?? model.tokens_to_ids.get(token) ?? model.unk_token_id;
}

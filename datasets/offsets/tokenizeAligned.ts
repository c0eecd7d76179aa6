import type { Model } from '../libraryTokenizer.ts';
import { sliceAligned, spanOf } from './alignedText.ts';
import type { AlignedText, Span } from './alignedText.ts';
import { UntrackedPart } from './untrackedPart.ts';

/** A token and what of the original text it stands for. */
export interface SpannedToken {
  /** As the vocabulary spells it; of an added token also the white space that it takes in. */
  token: string;
  /** Undefined for a token that is not in the vocabulary of a model that has no unknown token. */
  id: number | undefined;
  span: Span;
}

/**
 * Tokens of pieces as the library's model makes them, with spans.
 *
 * @throws {UntrackedPart} naming the model
 */
export function tokenizeAligned(model: Model, pieces: readonly AlignedText[]): SpannedToken[] {
  return pieces.flatMap((piece) => fuseUnknown(model, tokenizePiece(model, piece)));
}

/** Unknown tokens in a row become one, within a piece only. */
function fuseUnknown({ fuse_unk: fuse, unk_token_id: unknown }: Model, tokens: SpannedToken[]): SpannedToken[] {
  if (!fuse || unknown === undefined) return tokens;
  const fused: SpannedToken[] = [];
  for (const token of tokens) {
    const before = fused.at(-1);
    if (token.id === unknown && before?.id === unknown) before.span = [before.span[0], token.span[1]];
    else fused.push(token);
  }
  return fused;
}

function tokenizePiece(model: Model, piece: AlignedText): SpannedToken[] {
  const { type, continuing_subword_prefix: prefix, byte_fallback: byteFallback } = model.config;
  if (model.bpe && !prefix) return bytePairs(model, model.bpe.bind(model), piece);
  if (model.tokenize && !byteFallback) return unigrams(model, model.tokenize(piece.text), piece);
  const what = prefix ? ' with a continuing_subword_prefix' : byteFallback ? ' with byte_fallback' : '';
  throw new UntrackedPart(`the model ${type}${what}`);
}

function bytePairs(model: Model, bpe: (piece: string) => string[], piece: AlignedText): SpannedToken[] {
  const whole = model.tokens_to_ids.get(piece.text);
  if (model.ignore_merges && whole !== undefined) return [{ token: piece.text, id: whole, span: spanOf(piece) }];
  const tokens: SpannedToken[] = [];
  let unit = 0;
  for (const part of bpe(piece.text)) {
    const id = model.tokens_to_ids.get(part);
    // The last part is longer than what is left by the mark of a word's end.
    const aligned = sliceAligned(piece, unit, unit + part.length);
    unit += part.length;
    if (id !== undefined) tokens.push({ token: part, id, span: spanOf(aligned) });
    else tokens.push(...unknownPart(model, aligned));
  }
  return tokens;
}

/** What stands for a part that is not in the vocabulary: its bytes or the unknown token. */
function unknownPart(model: Model, part: AlignedText): SpannedToken[] {
  const span = spanOf(part);
  if (model.byte_fallback) {
    const bytes = Array.from(new TextEncoder().encode(part.text), (byte) => {
      const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
      return { token, id: model.tokens_to_ids.get(token), span };
    });
    if (bytes.every(({ id }) => id !== undefined)) return bytes;
  }
  // The library leaves it out when it has merged the others, Rust before, so that they merge across it.
  if (model.unk_token === null || model.unk_token === undefined) {
    throw new UntrackedPart(`the model ${model.config.type} without a token for ${JSON.stringify(part.text)}`);
  }
  return [{ token: model.unk_token, id: model.unk_token_id, span }];
}

function unigrams(model: Model, parts: readonly string[], piece: AlignedText): SpannedToken[] {
  let unit = 0;
  return parts.map((token) => {
    const span = spanOf(sliceAligned(piece, unit, unit + token.length));
    unit += token.length;
    return { token, id: model.tokens_to_ids.get(token) ?? model.unk_token_id, span };
  });
}

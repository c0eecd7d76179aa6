import type { Normalizer } from '../libraryTokenizer.ts';
import { changeAligned, mapAligned, prependAligned, replaceAligned, sliceAligned } from './alignedText.ts';
import type { AlignedText } from './alignedText.ts';
import { unicodeChanges } from './unicodeChanges.ts';
import { UntrackedPart } from './untrackedPart.ts';

const LEADING_SPACE = /^\p{White_Space}*/u;
const TRAILING_SPACE = /\p{White_Space}*$/u;

/**
 * Normalizes as the library does and keeps the spans.
 *
 * @throws {UntrackedPart} naming the normalizer
 */
export function normalizeAligned(normalizer: Normalizer | null, text: AlignedText): AlignedText {
  if (normalizer === null) return text;
  if (normalizer.normalizers) return normalizer.normalizers.reduce((t, part) => normalizeAligned(part, t), text);
  const normalized = track(normalizer, text);
  if (normalized?.text === normalizer.normalize(text.text)) return normalized;
  throw new UntrackedPart(`the normalizer ${normalizer.config.type}`);
}

function track({ config, pattern }: Normalizer, text: AlignedText): AlignedText | null {
  switch (config.type) {
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD':
      // Most texts are in the form already, and then every character stands for itself.
      return text.text.normalize(config.type) === text.text
        ? text
        : changeAligned(text, unicodeChanges(text.text, config.type));
    case 'Lowercase':
      return mapAligned(text, (character) => character.toLowerCase());
    case 'StripAccents':
      return mapAligned(text, (character) => (/\p{M}/u.test(character) ? '' : character));
    case 'Strip':
      return strip(text, config.strip_left ?? false, config.strip_right ?? false);
    case 'Prepend':
      return prependAligned(text, config.prepend ?? '');
    case 'Replace':
      return pattern ? replaceAligned(text, pattern, config.content ?? '') : null;
    default:
      return null;
  }
}

function strip(text: AlignedText, left: boolean, right: boolean): AlignedText {
  const start = left ? LEADING_SPACE.exec(text.text)![0].length : 0;
  const rest = sliceAligned(text, start);
  const end = right ? TRAILING_SPACE.exec(rest.text)!.index : rest.text.length;
  return { ...sliceAligned(rest, 0, end), origin: text.origin };
}

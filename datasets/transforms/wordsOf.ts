/** Scripts that part no words: each of their characters, with its marks, counts as a word. */
const UNPARTED =
  '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}';
const WORD = new RegExp(`[${UNPARTED}]\\p{M}*|[^\\s${UNPARTED}]+`, 'gu');
/** None of these scripts lies below, nor among typographic signs. */
const PARTED = /^[\0-\u0dff\u2000-\u2dff]*$/;
const SILENT = /[\p{P}\p{S}\p{Cf}]+/gu;
const ASCII_SILENT = /[!-/:-@[-`{-~]+/g;
const BEYOND_ASCII = /[^\0-\x7f]+/g;

/**
 * The words of a text in the form that comparisons use: compatibility forms of Unicode taken together (NFKC), lower case,
 * without punctuation, symbols and characters that do not show ("Don't" is "dont").
 */
export function wordsOf(text: string): string[] {
  const folded = text.normalize('NFKC').toLowerCase().normalize('NFKC');
  // Properties of Unicode are slow to look up, and most characters need none looked up.
  const plain = folded.replace(ASCII_SILENT, '').replace(BEYOND_ASCII, (run) => run.replace(SILENT, ''));
  return plain.match(PARTED.test(plain) ? /\S+/g : WORD) ?? [];
}

import type { Change } from './alignedText.ts';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

// The lowest and the highest combining class that are not zero, 1 and 240: one of them changes places with any other mark.
const LOWEST_MARK = '\u0334';
const HIGHEST_MARK = '\u0345';

/**
 * The changes that bring a text into a Unicode normalization form, as the Rust crate `unicode-normalization-alignments`
 * gives them, which `tokenizers` takes its offsets from: a decomposed character is its first part, the others added; a
 * composed one stands for its first character, those that went into it removed.
 */
export function unicodeChanges(text: string, form: UnicodeForm): Change[] {
  const decomposed = decompose(text, form.replace('C', 'D') as UnicodeForm);
  return form.endsWith('C') ? compose(decomposed) : decomposed;
}

function decompose(text: string, form: UnicodeForm): Change[] {
  const changes: Change[] = [];
  let marks: Change[] = [];
  const flush = (): void => {
    changes.push(...marks.sort(([a], [b]) => Number(ranksAbove(a, b)) - Number(ranksAbove(b, a))));
    marks = [];
  };
  for (const character of text) {
    let change = 0;
    for (const part of character.normalize(form)) {
      if (isStarter(part)) {
        flush();
        changes.push([part, change]);
      } else {
        marks.push([part, change]);
      }
      change = 1;
    }
  }
  flush();
  return changes;
}

function compose(decomposed: readonly Change[]): Change[] {
  const changes: Change[] = [];
  let base: Change | null = null;
  let marks: Change[] = [];
  for (const [character, change] of decomposed) {
    const starter = isStarter(character);
    const lastMark = marks.at(-1);
    const blocked = lastMark !== undefined && !ranksAbove(character, lastMark[0]);
    const composed: string | null = base === null || blocked ? null : composition(base[0], character);
    if (composed !== null) {
      base = [composed, base![1] + change - 1];
    } else if (starter) {
      if (base !== null) changes.push(base, ...marks);
      base = [character, change];
      marks = [];
    } else if (base === null) {
      changes.push([character, change]);
    } else {
      marks.push([character, change]);
    }
  }
  if (base !== null) changes.push(base, ...marks);
  return changes;
}

/** The one character that two make, null when they make none. */
function composition(first: string, second: string): string | null {
  const composed = (first + second).normalize('NFC');
  const [only, ...others] = composed;
  return others.length === 0 && only !== undefined ? only : null;
}

/** Whether the combining class is zero. */
function isStarter(character: string): boolean {
  return (
    !(character + LOWEST_MARK).normalize('NFD').startsWith(LOWEST_MARK) &&
    !(HIGHEST_MARK + character).normalize('NFD').startsWith(character)
  );
}

/** Whether the combining class of one decomposed character is above that of another, which is not zero. */
function ranksAbove(character: string, other: string): boolean {
  return character !== other && (character + other).normalize('NFD') === other + character;
}

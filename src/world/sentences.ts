/** Cuts a text after every run of full stops, exclamation and question marks; a cut-off rest is a sentence too. */
export function splitSentences(text: string): string[] {
  return (text.match(/[^.!?]+[.!?]*/g) ?? []).filter((sentence) => wordsOf(sentence).length > 0);
}

/** The lower-case words of a text, punctuation left out. */
export function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];
}

/** Whether `words` contains the words of `phrase`, lower-case ones with single spaces between, in a row. */
export function containsPhrase(words: readonly string[], phrase: string): boolean {
  return ` ${words.join(' ')} `.includes(` ${phrase} `);
}

/**
 * How alike two sentences are: the longest common subsequence of their words, as a share of their mean length, in
 * [0, 1]. Order counts, so that the right words in disorder do not pass for a sentence.
 */
export function similarity(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 0;
  let above = Array.from({ length: b.length + 1 }, () => 0);
  for (const word of a) {
    const row = [0];
    b.forEach((other, j) => row.push(word === other ? above[j]! + 1 : Math.max(above[j + 1]!, row[j]!)));
    above = row;
  }
  return (2 * above[b.length]!) / (a.length + b.length);
}

/** The text with `{name}` replaced by the part of that name. */
export function fill(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => parts[name] ?? '');
}

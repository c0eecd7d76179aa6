/** Why a text is no new prompt. */
export type PromptFault = 'empty' | 'copy';

/**
 * Refuses texts without a word, and those that say the same as a known prompt or as one that passed before; case, spaces
 * and punctuation do not count.
 */
export function createPromptGate(known: readonly string[]): (text: string) => PromptFault | undefined {
  const seen = new Set(known.map(bare));
  return (text) => {
    const words = bare(text);
    if (words === '') return 'empty';
    if (seen.has(words)) return 'copy';
    seen.add(words);
    return undefined;
  };
}

function bare(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

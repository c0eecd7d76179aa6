/** Text of unknown origin, safe to show: control characters, which could steer the terminal, stand as `\u001b`. */
export function printable(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replaceAll('\t', '    ')
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, (character) =>
      character === '\n' ? character : `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`,
    );
}

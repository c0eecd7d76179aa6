import stringWidth from 'string-width';

/** Fills text up with spaces, by the columns it takes: a Chinese character takes two. */
export function padColumns(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - stringWidth(text)));
}

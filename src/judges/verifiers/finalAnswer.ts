/**
 * The answer that a worked solution ends with: behind the last `####` (GSM8K) or inside the last `\boxed{}`, whichever
 * comes last; undefined where there is neither.
 */
export function finalAnswer(text: string): string | undefined {
  const hash = text.lastIndexOf('####');
  const box = text.lastIndexOf('\\boxed{');
  if (hash < 0 && box < 0) return undefined;
  if (hash > box)
    return text
      .slice(hash + 4)
      .split('\n', 1)[0]!
      .trim();
  const start = box + '\\boxed{'.length;
  let depth = 1;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}' && --depth === 0) return text.slice(start, at).trim();
  }
  return undefined;
}

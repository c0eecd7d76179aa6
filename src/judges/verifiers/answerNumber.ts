const NUMBER = String.raw`[-−+]?(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d+)?`;
const FRACTION = new RegExp(String.raw`^([-−+]?)\\[dt]?frac\{(\d+)\}\{(\d+)\}$`);
const RATIO = new RegExp(String.raw`^(${NUMBER})\s*/\s*(${NUMBER})$`);

/**
 * The number that a final answer is, currency and unit aside: `$1,234.50`, `18 eggs`, `3/4`, `\frac{3}{4}`, `-2e3`; undefined
 * where it holds none or several.
 */
export function answerNumber(text: string): number | undefined {
  const bare = text.replace(/\\[,!; ]|\\text\{[^}]*\}|[$€£]|\\\$/g, '').trim();
  const fraction = FRACTION.exec(bare);
  if (fraction) return (/[-−]/.test(fraction[1]!) ? -1 : 1) * (Number(fraction[2]) / Number(fraction[3]));
  const ratio = RATIO.exec(bare);
  if (ratio) return valueOf(ratio[1]!) / valueOf(ratio[2]!);
  const found = numbersIn(bare);
  return found.length === 1 ? found[0] : undefined;
}

/** All numbers of a text, in its order. */
export function numbersIn(text: string): number[] {
  // A sign counts only where no word or number ends before it: "3-4" holds 3 and 4.
  const pattern = new RegExp(String.raw`(?<![\d.,\p{L}])${NUMBER}|(?<=[\p{L}\d])[-−](?=\d)`, 'gu');
  return [...text.matchAll(pattern)].map(([match]) => valueOf(match)).filter((value) => !Number.isNaN(value));
}

function valueOf(text: string): number {
  return Number(text.replaceAll(',', '').replace('−', '-').replace(/^\+/, ''));
}

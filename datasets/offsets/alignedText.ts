/** Where something stands in the original text: from (inclusive) and to (exclusive), in UTF-16 code units. */
export type Span = readonly [start: number, end: number];

/** A text on its way through a tokenizer, each of its UTF-16 code units with the span of the original that it stands for. */
export interface AlignedText {
  readonly text: string;
  readonly spans: readonly Span[];
  /** Where this part begins in the original. */
  readonly origin: number;
}

/** A character and how it came about: 1 is added, 0 replaces one character, -n replaces one and removes n behind it. */
export type Change = readonly [character: string, change: number];

export function alignText(text: string): AlignedText {
  const spans: Span[] = [];
  for (const character of text) {
    const start = spans.length;
    const span: Span = [start, start + character.length];
    for (let unit = 0; unit < character.length; unit++) spans.push(span);
  }
  return { text, spans, origin: 0 };
}

export function sliceAligned({ text, spans, origin }: AlignedText, from: number, to = text.length): AlignedText {
  return { text: text.slice(from, to), spans: spans.slice(from, to), origin: spans[from]?.[0] ?? origin };
}

/** What the whole of an aligned text stands for; it must not be empty. */
export function spanOf({ spans }: AlignedText): Span {
  return [spans[0]![0], spans.at(-1)![1]];
}

/** Puts something for each character; it stands for what the character stood for. */
export function mapAligned({ text, spans, origin }: AlignedText, map: (character: string) => string): AlignedText {
  const mapped: string[] = [];
  const kept: Span[] = [];
  let unit = 0;
  for (const character of text) {
    const put = map(character);
    mapped.push(put);
    for (let i = 0; i < put.length; i++) kept.push(spans[unit]!);
    unit += character.length;
  }
  return { text: mapped.join(''), spans: kept, origin };
}

/** What is put before a text stands for its first character. */
export function prependAligned({ text, spans, origin }: AlignedText, prefix: string): AlignedText {
  if (text === '') return { text, spans, origin };
  return { text: prefix + text, spans: [...Array<Span>(prefix.length).fill(spans[0]!), ...spans], origin };
}

/** What replaces a match stands for the last character of it, or for the one before where nothing was matched. */
export function replaceAligned({ text, spans, origin }: AlignedText, pattern: RegExp, content: string): AlignedText {
  const parts: string[] = [];
  const kept: Span[] = [];
  let last = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    const end = index + match.length;
    parts.push(text.slice(last, index), content);
    for (let unit = last; unit < index; unit++) kept.push(spans[unit]!);
    for (let unit = 0; unit < content.length; unit++) kept.push(spans[end - 1] ?? [origin, origin]);
    last = end;
  }
  parts.push(text.slice(last));
  for (let unit = last; unit < spans.length; unit++) kept.push(spans[unit]!);
  return { text: parts.join(''), spans: kept, origin };
}

/** Applies changes that are given in the order of the new text. */
export function changeAligned({ text, spans, origin }: AlignedText, changes: Iterable<Change>): AlignedText {
  const changed: string[] = [];
  const kept: Span[] = [];
  let unit = 0;
  for (const [character, change] of changes) {
    const span = (change > 0 ? spans[unit - 1] : spans[unit]) ?? [origin, origin];
    changed.push(character);
    for (let i = 0; i < character.length; i++) kept.push(span);
    for (let taken = change; taken <= 0; taken++) unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
  }
  return { text: changed.join(''), spans: kept, origin };
}

/** Text that is HTML already; only `markup` makes it. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What can stand inside `markup`: strings are escaped, markup is not, lists are joined, undefined is left out. */
export type Content = Markup | string | number | undefined | readonly Content[];

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/**
 * A template tag for HTML that escapes every string put into it, for text and quoted attributes alike. It is not called
 * `html` because formatters then reflow the template, and in prompts and answers white space counts.
 *
 * @example markup`<p title="${title}">${['a < b', markup`<br>`]}</p>`
 */
export function markup(strings: TemplateStringsArray, ...values: Content[]): Markup {
  return new Markup(strings.reduce((out, string, i) => out + render(values[i - 1]) + string));
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escape(content);
  if (typeof content === 'number') return String(content);
  return content.map(render).join('');
}

/** Escapes what HTML treats specially; control characters, which it forbids, become U+FFFD. */
function escape(text: string): string {
  return text.replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd').replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

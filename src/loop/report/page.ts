import { createHash } from 'node:crypto';

import { type Content, Markup, markup } from './markup.ts';
import { STYLE } from './style.ts';

/** What stands on a page. */
export interface Page {
  title: string;
  summary?: string | undefined;
  body: Content;
  /** Source of a script that the page runs. */
  script?: string;
  /** What the script reads, as `<script type="application/json" id="data">`. */
  data?: unknown;
}

/**
 * The text of a self-contained page: its style and script inside, and a content policy that forbids every request and
 * every other script. Equal contents give equal bytes.
 */
export function page({ title, summary, body, script, data }: Page): string {
  const allowed = script === undefined ? undefined : ` script-src 'sha256-${sha256(script)}';`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none';${new Markup(allowed ?? '')} style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header><h1>${title}</h1>${summary === undefined ? undefined : markup`<p class="summary">${summary}</p>`}</header>
${body}
</main>
${data === undefined ? undefined : markup`<script type="application/json" id="data">${new Markup(embedded(data))}</script>\n`}${
    script === undefined ? undefined : markup`<script>${new Markup(script)}</script>\n`
  }</body>
</html>
`.text;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** JSON that cannot end the element it stands in, numbers to four decimals. */
function embedded(data: unknown): string {
  return JSON.stringify(data, shortened).replaceAll('<', String.raw`\u003c`);
}

function shortened(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toFixed(4)) : value;
}

import { expect, test } from 'vitest';

import { markup } from '../../../src/loop/report/markup.ts';

test('text is escaped for elements and attributes, markup and lists are joined, undefined is left out', () => {
  const items = ['<b>', markup`<br>`, [1, undefined, '&']];
  expect(markup`<p title="${`"'`}">${items}</p>`.text).toBe('<p title="&quot;&#39;">&lt;b&gt;<br>1&amp;</p>');
});

test('control characters, which HTML forbids, become visible; tabs and line ends stay', () => {
  expect(markup`${'a\u0000b\u001bc\td\r\ne\u0085'}`.text).toBe('a\ufffdb\ufffdc\td\r\ne\ufffd');
});

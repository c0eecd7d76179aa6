import { expect, test } from 'vitest';

import { alignColumns } from '../../../src/cli/drawing/alignColumns.ts';

test('cells stand under each other, numbers by their end', () => {
  expect(
    alignColumns(
      [
        ['name', 'n', 'note'],
        ['日本', '100', ''],
        ['x', '7', 'odd'],
      ],
      [1],
    ),
  ).toBe(['name    n  note', '日本  100', 'x       7  odd'].join('\n'));
});

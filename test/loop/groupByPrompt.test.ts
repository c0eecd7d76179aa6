import { expect, test } from 'vitest';

import { groupByPrompt } from '../../src/loop/groupByPrompt.ts';

test('rows are grouped by prompt in the order of first appearance', () => {
  const rows = [
    { prompt_id: 'b', k: 0 },
    { prompt_id: 'a', k: 0 },
    { prompt_id: 'b', k: 1 },
  ];
  expect([...groupByPrompt(rows)]).toEqual([
    ['b', [rows[0], rows[2]]],
    ['a', [rows[1]]],
  ]);
});

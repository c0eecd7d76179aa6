import { expect, test } from 'vitest';

import { statusLine } from '../../src/cli/statusLine.ts';

function terminal(): { written: () => string; output: { write(text: string): void; isTTY: true; columns: number } } {
  let all = '';
  return { written: () => all, output: { write: (text) => void (all += text), isTTY: true, columns: 10 } };
}

const CLEAR = '\r\u001B[2K';

test('on a terminal the line replaces itself, is cut to the width, and goes away', () => {
  const { written, output } = terminal();
  const status = statusLine(output);
  status.update('step 1');
  status.update('step 1');
  status.update('a long line that wraps');
  status.clear();
  status.clear();
  expect(written()).toBe(`${CLEAR}step 1${CLEAR}a long li${CLEAR}`);
});

test('text printed above the line leaves it at the bottom', () => {
  const { written, output } = terminal();
  const status = statusLine(output);
  status.printAbove(output, 'first\n');
  status.update('busy');
  status.printAbove(output, 'second\n');
  expect(written()).toBe(`first\n${CLEAR}busy${CLEAR}second\n${CLEAR}busy`);
});

test('elsewhere a line appears every ten seconds at most', () => {
  let all = '';
  let time = 0;
  const output = { write: (text: string) => void (all += text) };
  const status = statusLine(output, () => time);
  for (; time < 25_000; time += 1_000) status.update(`second ${time / 1000}`);
  status.printAbove(output, 'result\n');
  status.clear();
  expect(all).toBe('second 0\nsecond 10\nsecond 20\nresult\n');
});

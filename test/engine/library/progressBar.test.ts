import { expect, test } from 'vitest';

import { progressBar, type ProgressBar } from '../../../src/engine/library/progressBar.ts';

const FILE = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

/** Plays a transfer of 200 MB, 10 MB every second, and its unpacking. */
function play(isTTY: boolean, columns?: number): string {
  let text = '';
  let time = 0;
  const output = { write: (part: string) => (text += part), isTTY, columns };
  const bar: ProgressBar = progressBar(output, () => time);
  for (let megabytes = 0; megabytes <= 200; megabytes += 10) {
    bar.update({ phase: 'download', file: FILE, receivedBytes: megabytes * 1e6, totalBytes: 200e6 });
    time += 1000;
  }
  bar.update({ phase: 'unpack', file: FILE, receivedBytes: 5e6, totalBytes: null });
  bar.end();
  return text;
}

test('prints a line every 10 s where there is no terminal', () => {
  expect(play(false).split('\n')).toEqual([
    'Downloading tensorflow_cpu 2.21.0: 0% of 200 MB',
    'Downloading tensorflow_cpu 2.21.0: 50% of 200 MB, 10 MB/s',
    'Downloading tensorflow_cpu 2.21.0: 100% of 200 MB, 10 MB/s',
    'Unpacking tensorflow_cpu 2.21.0: 5 MB',
    '',
  ]);
});

test('redraws one line of a terminal, and ends it', () => {
  const text = play(true);
  const frames = text.split('\r\u001B[2K');
  expect(frames).toContain('Downloading tensorflow_cpu 2.21.0: [########........] 50% of 200 MB, 10 MB/s');
  expect(text.match(/\n/g)).toHaveLength(2);
  expect(text.endsWith('Unpacking tensorflow_cpu 2.21.0: 5 MB\n')).toBe(true);
});

test('never wraps in a narrow terminal', () => {
  for (const frame of play(true, 40).split('\r\u001B[2K')) expect(frame.trimEnd().length).toBeLessThan(40);
});

test('shows the end of a transfer that was too fast to be drawn', () => {
  let text = '';
  const bar = progressBar({ write: (part) => (text += part) }, () => 0);
  bar.update({ phase: 'download', file: FILE, receivedBytes: 1e6, totalBytes: 2e6 });
  bar.update({ phase: 'download', file: FILE, receivedBytes: 2e6, totalBytes: 2e6 });
  bar.end();
  bar.end();
  expect(text.split('\n').slice(0, 2)).toEqual([
    'Downloading tensorflow_cpu 2.21.0: 50% of 2 MB',
    'Downloading tensorflow_cpu 2.21.0: 100% of 2 MB',
  ]);
});

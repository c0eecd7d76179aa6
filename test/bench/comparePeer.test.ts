import { expect, test } from 'vitest';

import { comparePeer, compareStarts, type Contender } from '../../bench/comparePeer.ts';

const FIGURES = { compileSeconds: 1, stepSecondsMedian: 0.1, spread: 0, peakRssMB: 100, tokens: 10 };

function program(name: string, script: string): Contender {
  return { name, command: process.execPath, args: ['-e', script] };
}

const printing = (name: string, speed: number, before = ''): Contender =>
  program(name, `${before}console.log(JSON.stringify(${JSON.stringify({ ...FIGURES, tokensPerSecond: speed })}))`);

test('both sides run in every round, and the ratio is that of the same round', async () => {
  const told: string[] = [];
  const ours = printing('ours', 300);
  const theirs = printing('theirs', 100, 'console.log("a line of its library", "{");');
  const comparison = await comparePeer(ours, theirs, { rounds: 2, onProgress: (text) => told.push(text) });
  expect(comparison.ratio).toEqual({ median: 3, range: [3, 3] });
  expect(comparison.ours).toMatchObject({ name: 'ours', tokensPerSecond: 300, tokensPerSecondRange: [300, 300] });
  expect(comparison.peer).toMatchObject({ name: 'theirs', tokens: 10, peakRssMB: 100 });
  expect(told).toEqual([
    'Round 1 of 2: ours ...',
    'Round 1 of 2: theirs ...',
    'Round 2 of 2: ours ...',
    'Round 2 of 2: theirs ...',
  ]);
});

test('several starts of ours are each compared with the same run of the peer', async () => {
  const folders = ['100', '200'];
  const ours = (name: string, factor: number): Contender => ({
    ...program(
      name,
      `console.log(JSON.stringify({...${JSON.stringify(FIGURES)}, tokensPerSecond: ${factor} * process.env.SPEED}))`,
    ),
    env: (round) => ({ SPEED: folders[round - 1]! }),
  });
  const told: string[] = [];
  const [first, second] = await compareStarts([ours('first', 1), ours('second', 3)], printing('theirs', 100), {
    rounds: 2,
    onProgress: (text) => told.push(text),
  });
  expect(first!.ratio).toEqual({ median: 1.5, range: [1, 2] });
  expect(second!.ratio).toEqual({ median: 4.5, range: [3, 6] });
  expect(second!.ours.name).toBe('second');
  expect(told.slice(0, 3)).toEqual(['Round 1 of 2: first ...', 'Round 1 of 2: second ...', 'Round 1 of 2: theirs ...']);
});

test('a side that fails is named, with the end of what it said', async () => {
  const failing = program('theirs', 'console.error("no such module"); process.exit(1)');
  await expect(comparePeer(printing('ours', 1), failing, { rounds: 1 })).rejects.toThrow(
    'theirs: expected one JSON object, the run failed:\nno such module\nMend the cause, then run again.',
  );
});

test('an interrupt ends the run that is under way', async () => {
  const sleeping = program('theirs', 'setTimeout(() => {}, 60_000)');
  const interrupt = new AbortController();
  setTimeout(() => interrupt.abort(new Error('stopped')), 300);
  await expect(comparePeer(sleeping, sleeping, { rounds: 1, signal: interrupt.signal })).rejects.toThrow('stopped');
});

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import {
  collectRows,
  decontaminate,
  dedupe,
  filterRows,
  mix,
  sample,
  shuffleWindow,
  type RowStream,
  type Rows,
} from '../../../datasets/index.ts';

interface Row {
  id: string;
  text: string;
}

type Step = (rows: Rows<Row>) => RowStream<Row>;

async function* streamed(rows: readonly Row[]): AsyncGenerator<Row> {
  for (const row of rows) yield row;
}

const seed = fc.integer();
const against = { name: 'quiz', items: [{ id: 'q', text: 'b é 中' }] };
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constant<Step>((rows) => dedupe(rows, { fields: ['text'] })),
  fc.constant<Step>((rows) => decontaminate(rows, { against, fields: ['text'], ngram: 2 })),
  fc.nat(9).map(
    (max): Step =>
      (rows) =>
        filterRows(rows, { textLength: { fields: ['text'], max } }),
  ),
  fc.record({ seed, count: fc.nat(20) }).map(
    (options): Step =>
      (rows) =>
        sample(rows, options),
  ),
  fc.record({ seed, window: fc.integer({ min: 1, max: 9 }) }).map(
    (options): Step =>
      (rows) =>
        shuffleWindow(rows, options),
  ),
  fc.record({ seed, total: fc.integer({ min: 1, max: 30 }) }).map(({ seed, total }): Step => (rows) => {
    const sources = [
      { name: 'ours', rows, weight: 2 },
      {
        name: 'theirs',
        rows: () =>
          streamed([
            { id: 'x', text: 'theirs' },
            { id: 'y', text: 'b \u00e9' },
          ]),
        weight: 1,
      },
    ];
    return mix(sources, { seed, total, stop: 'all-exhausted-without-replacement' });
  }),
);
const texts = fc.array(fc.array(fc.constantFrom('a', 'b', '\u00e9', 'e\u0301', '\u4e2d', '\u{1f600}')), {
  minLength: 1,
  maxLength: 24,
});

/** The rows of a chain and its streams, or why it cannot be read. */
async function run(
  steps: readonly Step[],
  rows: Rows<Row>,
): Promise<{ rows: Row[]; streams: RowStream<Row>[] } | string> {
  const streams: RowStream<Row>[] = [];
  for (const one of steps) streams.push(one(streams.at(-1) ?? rows));
  try {
    return { rows: (await collectRows(streams.at(-1)!)).rows, streams };
  } catch (error) {
    return String(error);
  }
}

test('any chain gives the same rows from memory, from a stream and resumed, no row twice, and its counts meet', async () => {
  let read = 0;
  const property = fc.asyncProperty(
    texts,
    fc.array(step, { minLength: 1, maxLength: 4 }),
    fc.nat(24),
    async (all, steps, skip) => {
      const rows = all.map((words, at) => ({ id: String(at), text: words.join(' ') }));
      const whole = await run(steps, rows);
      const again = await run(steps, streamed(rows));
      if (typeof whole === 'string' || typeof again === 'string') {
        // Only a mix of nothing is refused.
        expect([whole, again]).toEqual([expect.stringContaining('mix: expected rows in each source'), whole]);
        return;
      }
      read++;
      expect(again.rows).toEqual(whole.rows);
      const resumed: Row[] = [];
      let at = 0;
      const chain = steps.reduce<Rows<Row>>((source, one) => one(source), streamed(rows));
      for await (const row of chain) if (at++ >= skip) resumed.push(row);
      expect(resumed).toEqual(whole.rows.slice(skip));
      for (const stream of whole.streams) {
        const { name, rowsIn, rowsOut, dropped } = stream.entry();
        if (dropped) expect(rowsOut + Object.values(dropped).reduce((sum, count) => sum + count, 0), name).toBe(rowsIn);
      }
      expect(whole.streams.at(-1)!.entry().rowsOut).toBe(whole.rows.length);
      const ids = whole.rows.map((row) => row.id).filter((id) => id !== 'x' && id !== 'y');
      expect(new Set(ids).size).toBe(ids.length);
    },
  );
  await fc.assert(property, { seed: 1, numRuns: 150 });
  expect(read).toBeGreaterThan(100);
});

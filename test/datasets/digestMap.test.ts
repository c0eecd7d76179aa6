import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { DigestMap } from '../../datasets/digestMap.ts';

test('it answers as a Map does', () => {
  const entries = fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.nat()));
  fc.assert(
    fc.property(entries, fc.array(fc.string({ maxLength: 2 })), (pairs, others) => {
      const [known, own] = [new Map<string, number>(), new DigestMap()];
      for (const [text, value] of pairs) {
        expect(own.add(text, value)).toBe(known.get(text));
        if (!known.has(text)) known.set(text, value);
      }
      for (const text of [...known.keys(), ...others]) expect(own.has(text)).toBe(known.has(text));
    }),
    { seed: 1 },
  );
});

test('it keeps all of many texts while it grows', () => {
  const map = new DigestMap();
  for (let i = 0; i < 20_000; i++) map.add(`pairs.jsonl:${i}`, i);
  for (let i = 0; i < 20_000; i++) if (map.add(`pairs.jsonl:${i}`, 0) !== i) expect.fail(`${i} is lost`);
  expect(map.has('pairs.jsonl:20000')).toBe(false);
});

test.each([-1, 1.5, 2 ** 32 - 1, NaN])('the number %s has no room and is refused', (value) => {
  expect(() => new DigestMap().add('a', value)).toThrow(RangeError);
});

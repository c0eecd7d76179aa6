import { describe, expect, test } from 'vitest';

import { randomStream } from '../../src/base/seed.ts';

const draw = (stream: ReturnType<typeof randomStream>, count: number): number[] =>
  Array.from({ length: count }, () => stream.uniform());

describe('randomStream', () => {
  test('gives the same numbers for the same seed and names, on every machine', () => {
    expect(draw(randomStream(1, 'round', 2, 'sampling'), 5)).toEqual(draw(randomStream(1, 'round', 2, 'sampling'), 5));
    expect(draw(randomStream(7), 2)).toMatchInlineSnapshot(`
      [
        0.27925298591418535,
        0.034632836188531295,
      ]
    `);
  });

  test('gives other numbers for another seed, another name and another split of the names', () => {
    const streams = [randomStream(1, 'ab'), randomStream(2, 'ab'), randomStream(1, 'a', 'b'), randomStream(1, 'ac')];
    expect(new Set(streams.map((stream) => stream.uniform())).size).toBe(4);
  });

  test('is not shifted by what another stream draws', () => {
    const [one, other] = [randomStream(1, 'one'), randomStream(1, 'other')];
    const mixed = Array.from({ length: 10 }, () => [other.normal(), one.uniform()][1]);
    expect(mixed).toEqual(draw(randomStream(1, 'one'), 10));
  });

  test('draws uniform numbers in [0, 1) with the right mean and variance', () => {
    const numbers = draw(randomStream(3), 20_000);
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    // Standard errors at 20,000 draws: mean 0.002, variance 0.0005; five of each.
    const [mean, variance] = moments(numbers);
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.01);
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.0026);
  });

  test('draws finite standard normal numbers', () => {
    const stream = randomStream(4);
    const numbers = Array.from({ length: 20_000 }, () => stream.normal());
    expect(numbers.every(Number.isFinite)).toBe(true);
    const [mean, variance] = moments(numbers);
    expect(Math.abs(mean)).toBeLessThan(0.036); // five standard errors of 0.0071
    expect(Math.abs(variance - 1)).toBeLessThan(0.05); // five of 0.01
  });

  test('draws every integer below the bound about equally often', () => {
    const stream = randomStream(5);
    const counts = [0, 0, 0, 0, 0];
    for (let i = 0; i < 10_000; i++) counts[stream.integer(5)]! += 1;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200); // five standard errors of 40
  });

  test('shuffles into a new array that holds the same items, all orders equally likely', () => {
    const stream = randomStream(6);
    const items = ['a', 'b', 'c'];
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const order = stream.shuffle(items).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(items).toEqual(['a', 'b', 'c']);
    expect([...counts.keys()].sort()).toEqual(['abc', 'acb', 'bac', 'bca', 'cab', 'cba']);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(145); // five of 29
    expect(stream.shuffle([])).toEqual([]);
  });

  test('picks each item, and refuses an empty list', () => {
    const stream = randomStream(8);
    expect(new Set(Array.from({ length: 100 }, () => stream.pick(['x', 'y', 'z']))).size).toBe(3);
    expect(() => stream.pick([])).toThrow('randomStream.pick: the list is empty.');
  });
});

function moments(numbers: readonly number[]): [mean: number, variance: number] {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return [mean, numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length];
}

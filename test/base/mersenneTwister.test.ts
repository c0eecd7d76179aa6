import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { MersenneTwister } from '../../src/base/mersenneTwister.ts';

const golden = JSON.parse(
  await readFile(new URL('../golden/alpacaEval/python_random_vectors.json', import.meta.url), 'utf8'),
) as {
  switch_vectors: { instruction: string; seed: number; first_random: number }[];
  mt19937_5489_raw: number[];
};

test('a number seeds it as std::mt19937', () => {
  const twister = new MersenneTwister(5489);
  expect(golden.mt19937_5489_raw.map(() => twister.uint32())).toEqual(golden.mt19937_5489_raw);
});

test('its 10,000th number is the one that the C++ standard names', () => {
  const twister = new MersenneTwister(5489);
  for (let i = 1; i < 10_000; i++) twister.uint32();
  expect(twister.uint32()).toBe(4123659995);
});

test.each(golden.switch_vectors)('the text of "$instruction" seeds it as Python', ({ instruction, seed, ...rest }) => {
  expect(MersenneTwister.ofText(`is_switched_outputs${instruction}${seed}`).uniform()).toBe(rest.first_random);
});

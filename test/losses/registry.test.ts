import { expect, test } from 'vitest';

import * as losses from '../../losses/index.ts';
import { LOSSES, SOURCE_OF_INPUT } from '../../losses/index.ts';
import type { LossEntry, LossInput } from '../../losses/index.ts';

const entries: [string, LossEntry][] = Object.entries(LOSSES);

test.each(entries)('%s is exported under the camelCase of its id', (id, { fn }) => {
  const name = id.replaceAll(/[_.](\w)/g, (_, letter: string) => letter.toUpperCase());
  expect(Object.entries(losses)).toContainEqual([name, fn]);
});

test('says what each loss needs', () => {
  const table = entries.map(([id, { needs, level, coupled }]) => [id, needs.join('+'), level, coupled].join(' '));
  expect(table).toMatchInlineSnapshot(`
    [
      "cdpo reference sequence false",
      "dpo reference sequence false",
      "sppo reference+winRates sequence false",
      "sppo_hard reference sequence false",
      "sppo_single reference+winProbability sequence false",
    ]
  `);
});

test.each(entries)('%s needs exactly what its inputs come from', (_, { inputs, needs }) => {
  const sources = new Set(inputs.map((key) => SOURCE_OF_INPUT[key as LossInput]));
  sources.delete('policy');
  expect([...needs].sort()).toEqual([...sources].sort());
});

test('knows the start of SPPO from the labels: 160,000 is the most that five samples per prompt can give', () => {
  const options = { beta: 0.001 };
  expect(LOSSES.sppo.stepZero(options, { chosenProbsWin: 0.9, chosenProbsLose: 0.1 })).toBeCloseTo(160_000, 6);
  expect(LOSSES.sppo_single.stepZero(options, { chosenProbs: 1 })).toBeCloseTo(
    LOSSES.sppo_hard.stepZero(options) / 2,
    6,
  );
  expect(LOSSES.dpo.stepZero()).toBe(Math.LN2);
});

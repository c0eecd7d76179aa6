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
      "cpo_pref  sequence false",
      "cpo lengths sequence true",
      "simpo lengths sequence false",
      "orpo_or_term lengths sequence false",
      "orpo lengths sequence true",
      "orpo_seqnll lengths sequence false",
      "kto reference+mismatchedKl sequence true",
      "kto_pair reference sequence true",
      "rpo_nll_seq reference+lengths sequence false",
      "rpo_nll_tok reference+lengths sequence true",
      "rpo_nll_trl_v0.9 reference+lengths sequence true",
      "sft lengths sequence true",
      "sft_seq lengths sequence false",
      "xpo reference+scores sequence false",
      "verl_sppo reference+scores sequence true",
      "wpo reference+sumOfSquaredProbabilities token false",
      "ld_dpo reference token false",
      "nash_md_trl reference+winProbability token false",
      "nash_md_paper reference+winProbability token false",
      "nft previousIterate+scores token false",
      "policy_gradient previousIterate+scores token false",
      "kl reference token false",
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

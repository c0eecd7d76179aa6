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
      "aot reference sequence true",
      "aot_unpaired reference sequence true",
      "apo_down reference sequence false",
      "apo_zero reference sequence false",
      "bco_pair reference sequence false",
      "bco_pair_running reference+runningReward sequence true",
      "cdpo reference sequence false",
      "discopop reference sequence false",
      "dpo reference sequence false",
      "dpo_fdiv_alpha reference sequence false",
      "dpo_fdiv_forward_kl reference sequence false",
      "dpo_fdiv_js reference sequence false",
      "exo_pair reference sequence false",
      "hinge reference sequence false",
      "inpo reference+previousIterate sequence false",
      "ipo_avg reference+lengths sequence false",
      "ipo_sum reference sequence false",
      "mnpo reference+history sequence false",
      "nca_pair reference sequence false",
      "rdpo reference+lengths sequence false",
      "reward_aware_rpo_bwd reference+scores sequence false",
      "reward_aware_rpo_fwd reference+scores sequence false",
      "reward_aware_rpo_sq reference+scores sequence false",
      "robust reference sequence false",
      "sigmoid_norm reference+lengths sequence false",
      "slic_calibration_noref  sequence false",
      "soft_ce reference+winProbability sequence false",
      "spin_hinge reference sequence false",
      "spin_sigmoid reference sequence false",
      "sppo reference+winRates sequence false",
      "sppo_hard reference sequence false",
      "sppo_single reference+winProbability sequence false",
      "step_apo reference+scores sequence false",
      "cpo_pref  sequence false",
      "cpo lengths sequence true",
      "simpo lengths sequence false",
      "orpo_or_term lengths sequence false",
      "orpo lengths sequence true",
      "orpo_seqnll lengths sequence false",
      "kto reference+mismatchedKl sequence true",
      "kto_pair reference sequence true",
      "kto_unpaired reference+mismatchedKl+scores sequence false",
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

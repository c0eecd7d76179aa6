import { beforeAll, expect, test } from 'vitest';

import { LOSSES, type LossId } from '../../losses/index.ts';
import { startEngine } from '../../src/engine/index.ts';
import { checkLossOptions } from '../../src/training/index.ts';
import { camelKeys, GOLDEN_LOSSES, readVectors } from '../losses/goldenVectors.ts';

const vectors = readVectors(GOLDEN_LOSSES);
const FED = Object.keys(LOSSES).filter((id) => id !== 'kl') as LossId[];

function goldenOptions(id: LossId): Record<string, unknown> {
  // What the vectors have among the parameters and a trainer supplies; weights belong to a number of earlier iterates.
  const { kl: _, historyWeights: __, ...options } = camelKeys(vectors.find(({ loss }) => loss === id)?.params ?? {});
  return { ...options, ...(id === 'ld_dpo' ? { ldAlpha: 0.5 } : {}) };
}

beforeAll(async () => {
  await startEngine();
});

test('every loss that a trainer can feed takes the options of its golden vectors', () => {
  for (const id of FED) checkLossOptions(id, { beta: 0.1, ...goldenOptions(id) });
});

test('a wrong value, a missing option, an unknown one and an unfeedable loss are told by name', () => {
  expect(() => checkLossOptions('dpo', { beta: 0 })).toThrow(/dpo: beta must be a positive finite number, got 0/);
  expect(() => checkLossOptions('inpo', { eta: 0.1 })).toThrow(/tauOverEta/);
  expect(() => checkLossOptions('simpo', { beta: 2, gammaBetaRatio: 0.5, gamma: 1 })).toThrow(
    /simpo: does not have the option gamma/,
  );
  expect(() => checkLossOptions('kl', {})).toThrow(/kl: .*logits/);
});

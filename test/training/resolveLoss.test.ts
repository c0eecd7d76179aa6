import { expect, test } from 'vitest';

import { LOSSES, type LossFunction } from '../../losses/index.ts';
import { resolveLoss } from '../../src/training/resolveLoss.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

const mine: LossFunction = (inputs) => inputs['policyChosenLogps'] as ReturnType<LossFunction>;

test('an id is looked up in the registry', () => {
  expect(resolveLoss('inpo')).toEqual({ ...LOSSES.inpo, id: 'inpo' });
});

test('an entry goes by its id, or by the name of its function', () => {
  expect(resolveLoss(LOSSES.kto).id).toBe('kto');
  expect(resolveLoss({ ...LOSSES.dpo, fn: mine }).id).toBe('mine');
});

test('a function alone reads what DPO reads and may depend on the whole batch', () => {
  expect(resolveLoss(mine)).toMatchObject({ id: 'mine', inputs: LOSSES.dpo.inputs, coupled: true });
});

test('an unknown id is refused, with the nearest one', async () => {
  const { code, message } = await userErrorOf(() => resolveLoss('sppo_hrd'));
  expect(code).toBe('loss.unknown');
  expect(message).toMatch(/^loss: "sppo_hrd" is not known\. Did you mean "sppo_hard"\? Choose one of aot, /);
  expect((await userErrorOf(() => resolveLoss('toString'))).code).toBe('loss.unknown');
});

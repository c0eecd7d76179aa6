import { expect, test } from 'vitest';

import { matchOutputs } from '../../../bench/alpacaEval/matchOutputs.ts';
import { userErrorOf } from '../../datasets/userErrorOf.ts';

const outputs = (generator: string, rows: Record<string, string | null>) => ({
  generator,
  rows: Object.entries(rows).map(([instruction, output]) => ({ instruction, output, generator })),
});

test('outputs are paired by instruction, in the order of the baseline', () => {
  const { matched, warnings } = matchOutputs(outputs('m', { b: 'mb', a: 'ma' }), outputs('base', { a: 'ba', b: 'bb' }));
  expect(matched).toEqual([
    { instruction: 'a', dataset: undefined, baseline: 'ba', model: 'ma' },
    { instruction: 'b', dataset: undefined, baseline: 'bb', model: 'mb' },
  ]);
  expect(warnings).toEqual([]);
});

test('missing, foreign and null outputs and other white space are counted and named', () => {
  const model = outputs('m', { 'a  b': 'x', null: null, foreign: 'y' });
  const { matched, warnings } = matchOutputs(model, outputs('base', { 'a b': '1', null: '2', gone: '3' }));
  expect(matched.map(({ instruction }) => instruction)).toEqual(['a b']);
  expect(warnings).toEqual([
    '1 of 3 instructions have no output: "gone"',
    '1 outputs answer other instructions and are left out: "foreign"',
    '1 outputs are null and are left out: "null"',
    '1 instructions differ from the baseline’s in white space and are taken for the same: "a b"',
  ]);
});

test('outputs for other instructions altogether are an error that shows both', async () => {
  const error = await userErrorOf(() => matchOutputs(outputs('m', { x: '1' }), outputs('base', { y: '2' })));
  expect(error.code).toBe('outputs.disjoint');
  expect(error.message).toContain('the first of the model is "x", of the baseline "y"');
});

test('of a trial only the first instructions count, and those behind them are not foreign', () => {
  const model = outputs('m', { c: 'mc', a: 'ma', foreign: 'y' });
  const { matched, warnings } = matchOutputs(model, outputs('base', { a: '1', b: '2', c: '3' }), { first: 2 });
  expect(matched.map(({ instruction }) => instruction)).toEqual(['a']);
  expect(warnings).toEqual([
    'only the first 2 of 3 instructions are judged',
    '1 of 2 instructions have no output: "b"',
    '1 outputs answer other instructions and are left out: "foreign"',
  ]);
  expect(matchOutputs(model, outputs('base', { a: '1' }), { first: 9 }).warnings).not.toContainEqual(
    expect.stringContaining('only the first'),
  );
});

import { expect, test } from 'vitest';

import { isConfigTree, mergeConfigTrees, ownField } from '../../src/recipe/configTree.ts';

test('sections are merged field by field, everything else is replaced', () => {
  const under = { a: 1, list: [1, 2], data: { limit: 5, deep: { x: 1, y: 2 } } };
  const over = { list: [3], data: { deep: { y: 3 } }, b: null };
  expect(mergeConfigTrees(under, over)).toEqual({
    a: 1,
    b: null,
    list: [3],
    data: { limit: 5, deep: { x: 1, y: 3 } },
  });
});

test('an undefined field leaves what is there', () => {
  expect(mergeConfigTrees({ a: 1 }, { a: undefined, b: undefined })).toEqual({ a: 1 });
});

test('a field called __proto__ does not reach the prototype', () => {
  const merged = mergeConfigTrees(
    {},
    JSON.parse('{"__proto__": {"polluted": true}}') as object & Record<string, unknown>,
  );
  expect(Object.keys(merged)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('instances of classes are values, not sections', () => {
  expect(isConfigTree({})).toBe(true);
  expect(isConfigTree(Object.create(null))).toBe(true);
  expect(isConfigTree(new Map())).toBe(false);
  expect(isConfigTree([])).toBe(false);
  expect(isConfigTree(null)).toBe(false);
});

test('inherited fields are not found', () => {
  expect(ownField({ a: 1 }, 'a')).toBe(1);
  expect(ownField<unknown>({}, 'toString')).toBeUndefined();
  expect(ownField(undefined, 'a')).toBeUndefined();
});

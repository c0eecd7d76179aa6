import { expect, test } from 'vitest';

import { readRequest, requestPhrase } from '../../src/world/request.ts';

test('topic, count and context are read from a prompt', () => {
  const request = readRequest('Please give me three tips for growing tomatoes for my father.');
  expect(request.topic?.subject).toBe('growing tomatoes');
  expect(request.count).toBe('three');
  expect(request.context?.asked).toBe('for my father');
});

test('the context is also read as the answer words it', () => {
  expect(readRequest('Here are two city walks for your father.').context?.asked).toBe('for my father');
});

test('what a text does not name is absent', () => {
  expect(readRequest('')).toEqual({});
  expect(readRequest('How tall is the Eiffel Tower?')).toEqual({});
  expect(Object.keys(readRequest('Two of them, please.'))).toEqual(['count']);
});

test('a request reads well with and without a link between count and subject', () => {
  expect(requestPhrase(readRequest('sleeping well').topic!, 'two')).toBe('two tips for sleeping well');
  expect(requestPhrase(readRequest('music gifts').topic!, 'three')).toBe('three music gifts');
});

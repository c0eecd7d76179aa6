import { expect, test } from 'vitest';

import { readAnswer } from '../../src/world/readAnswer.ts';

const rolesOf = (text: string): string[] => readAnswer(text).map(({ role }) => role);

test('each sentence is told by what it does', () => {
  const answer =
    'I am happy to help. Here are two tips for sleeping well in winter. There is so much to say here. ' +
    'First, keep your room dark and cool. Second, fry rice with peas and ginger. Now leave me alone. I hope this helps you.';
  expect(rolesOf(answer)).toEqual(['opening', 'lead', 'filler', 'item', 'item', 'rude', 'closing']);
});

test('items carry their topic, leads topic and context', () => {
  const [lead, item] = readAnswer('Here are two tips for sleeping well for your father. Drink no coffee after lunch.');
  expect([lead?.topic?.subject, lead?.context?.asked]).toEqual(['sleeping well', 'for my father']);
  expect(item?.topic?.subject).toBe('sleeping well');
});

test('the same fact has the same key, whatever leads it in and with a slip in it', () => {
  const sentences = readAnswer(
    'To begin, keep your room dark and cool. Keep your room dark and cool. Also, keep your room dark and very cool.',
  );
  expect(sentences.map(({ key }) => key)).toEqual(Array(3).fill('keep your room dark and cool'));
});

test('a sentence cut off near its end is still known, one cut in half is not', () => {
  expect(rolesOf('First, keep your room dark and')).toEqual(['item']);
  expect(rolesOf('First, keep your room')).toEqual(['unknown']);
});

test.each([
  ['words of a fact in disorder', 'First, cool and dark room your keep.'],
  ['words of a lead in disorder', 'In winter sleeping well for tips two are here.'],
  ['a topic and nothing more', 'Sleeping well.'],
  ['two facts run together', 'Keep your room dark and cool keep your phone away drink no coffee after lunch at night.'],
  ['a sentence from elsewhere', 'The Eiffel Tower is in Paris.'],
])('%s: unknown', (_, text) => {
  expect(rolesOf(text)).toEqual(['unknown']);
});

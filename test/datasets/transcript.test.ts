import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { parseTranscript, renderTranscript } from '../../datasets/transcript.ts';

test('a transcript falls into its turns, white space beyond the format kept', () => {
  expect(parseTranscript('\n\nHuman: hi \n\nthere\n\nAssistant:  Yes.\n\nHuman: ok\n\nAssistant:')).toEqual([
    { role: 'user', content: 'hi \n\nthere' },
    { role: 'assistant', content: ' Yes.' },
    { role: 'user', content: 'ok' },
    { role: 'assistant', content: '' },
  ]);
});

test('a transcript may begin without blank lines', () => {
  expect(parseTranscript('Human: hi')).toEqual([{ role: 'user', content: 'hi' }]);
});

test.each(['', 'hello', 'hello\n\nHuman: hi', 'My Human: friend', 'Human'])('%j is no transcript', (text) => {
  expect(parseTranscript(text)).toBeUndefined();
});

test('rendering writes other roles by their own names, and the generation prompt when asked', () => {
  const messages = [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'tool', content: '{}' },
  ];
  expect(renderTranscript(messages, { addGenerationPrompt: true })).toBe(
    '\n\nSystem: Be brief.\n\nHuman: Hi\n\ntool: {}\n\nAssistant:',
  );
  expect(renderTranscript(messages.slice(1, 2), { addGenerationPrompt: false })).toBe('\n\nHuman: Hi');
});

test('parsing gives back the turns that were rendered', () => {
  const content = fc.string({ unit: 'binary' }).filter((text) => !/\n\n?(Human|Assistant):/.test(`\n${text}`));
  const turn = fc.record({ role: fc.constantFrom('user', 'assistant'), content });
  fc.assert(
    fc.property(fc.array(turn, { minLength: 1 }), (messages) => {
      expect(parseTranscript(renderTranscript(messages, { addGenerationPrompt: false }))).toEqual(messages);
    }),
    { seed: 1 },
  );
});

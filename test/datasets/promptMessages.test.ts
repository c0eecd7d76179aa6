import { describe, expect, test } from 'vitest';

import { promptMessages } from '../../datasets/promptMessages.ts';

const user = (content: string): object => ({ role: 'user', content });
const assistant = (content: string): object => ({ role: 'assistant', content });
const HH = '\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: d';

describe('the prompt of a row', () => {
  test.each([
    ['prompt text', { prompt: ' Hi\n' }, [user(' Hi\n')]],
    ['a prompt transcript', { prompt: '\n\nHuman: a\n\nAssistant:' }, [user('a')]],
    ['a prompt of messages', { prompt: [user('a')] }, [user('a')]],
    ['messages without their last answer', { messages: [user('a'), assistant('b')] }, [user('a')]],
    ['messages rather than prompt', { prompt: 'x', messages: [user('a')] }, [user('a')]],
    ['an instruction', { instruction: 'Add.', input: '' }, [user('Add.')]],
    ['an instruction with its input', { instruction: 'Add.', input: '1 2' }, [user('Add.\n\n1 2')]],
    ['a chosen transcript', { chosen: HH, rejected: HH }, [user('a'), assistant('b'), user('c')]],
    ['a rejected transcript alone', { rejected: '\n\nHuman: a\n\nAssistant: b' }, [user('a')]],
    [
      'the chosen transcript where the two differ',
      { chosen: HH, rejected: '\n\nHuman: z\n\nAssistant: y' },
      [user('a'), assistant('b'), user('c')],
    ],
    ['a transcript with an empty answer', { chosen: '\n\nHuman: a\n\nAssistant:' }, [user('a')]],
    ['chosen messages', { chosen: [user('a'), assistant('b')] }, [user('a')]],
    ['prompt rather than chosen', { prompt: 'x', chosen: 'answer', rejected: 'other' }, [user('x')]],
    ['the next field where one is null', { prompt: null, instruction: 'x' }, [user('x')]],
  ])('is %s', (_, row, messages) => {
    expect(promptMessages(row)).toEqual(messages);
  });

  test.each([
    [
      { text: 'x', label: 1 },
      'expected one of messages, prompt, instruction, chosen, rejected, found the keys "text", "label"',
    ],
    [{}, 'expected one of messages, prompt, instruction, chosen, rejected, found no keys'],
    [{ prompt: 3 }, 'expected text or a list of messages {role, content} in "prompt", found 3'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content: expected text, found nothing'],
    [{ messages: [] }, 'expected text or a list of messages {role, content} in "messages", found []'],
    [{ prompt: ' \n' }, '"prompt" holds an empty prompt'],
    [{ messages: [assistant('b')] }, '"messages" holds an empty prompt'],
    [
      { chosen: 'Sure.' },
      '"chosen" must be a transcript that begins with "\\n\\nHuman:" and ends in an "\\n\\nAssistant:" turn',
    ],
    [
      { chosen: '\n\nHuman: a\n\nAssistant: b\n\nHuman: c' },
      '"chosen" must be a transcript that begins with "\\n\\nHuman:" and ends in an "\\n\\nAssistant:" turn',
    ],
  ])('is missing from %j', (row, problem) => {
    expect(promptMessages(row)).toMatchObject({ why: problem });
  });
});

import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { loadTokenizer, renderChat } from '../../datasets/index.ts';
import type { Tokenizer } from '../../datasets/index.ts';
import { userErrorOf } from './userErrorOf.ts';

const load = (name: string): Promise<Tokenizer> =>
  loadTokenizer(fileURLToPath(new URL(`../golden/tokenizers/${name}`, import.meta.url)));
const hello = [{ role: 'user', content: ' Hi ' }];
const goOn = { addGenerationPrompt: true };

/** Expected texts were rendered by transformers 5.18 from the same templates. */
test.each([
  [
    'blocks trimmed as transformers trims them',
    "   {% if true %}\n  x\n   {% endif %}\n {{ 'a' }}  \n{# c #}\n{% for m in messages %}\n{{ m.content | trim }}\n{% endfor %}\n",
    '  x\n a  \nHi\n',
  ],
  ['tools defined and none', '{% if tools is defined and tools is none %}none{% endif %}', 'none'],
  ['special tokens by name', '{{ bos_token + messages[0].role + eos_token }}', '<s>user</s>'],
  ['the generation prompt', '{% if add_generation_prompt %}go{% endif %}', 'go'],
])('a template sees %s', async (_, chatTemplate, text) => {
  const tokenizer = await load('sentencepiece_bpe');
  expect(renderChat({ ...tokenizer, chatTemplate }, hello, goOn)).toBe(text);
});

test('a tokenizer without template writes a plain transcript', async () => {
  const tokenizer = await load('unigram');
  expect(renderChat(tokenizer, hello, goOn)).toBe('\n\nHuman:  Hi \n\nAssistant:');
});

test('the plain transcript begins with BOS where the tokenizer adds one itself', async () => {
  const tokenizer = { ...(await load('sentencepiece_bpe')), chatTemplate: null };
  const text = renderChat(tokenizer, hello, goOn);
  expect(text).toBe('<s>\n\nHuman:  Hi \n\nAssistant:');
  const ids = tokenizer.encode(text, { addSpecialTokens: false });
  expect(ids.filter((id) => id === tokenizer.bosTokenId)).toHaveLength(1);
});

test.each([
  ['that refuses the messages', "{{ raise_exception('Roles must alternate') }}", 'it says "Roles must alternate"'],
  ['with a syntax error', '{% if %}', 'expected a template that takes these messages (user)'],
])('a template %s is named in the error', async (_, chatTemplate, message) => {
  const tokenizer = { ...(await load('unigram')), chatTemplate };
  const error = await userErrorOf(() => renderChat(tokenizer, hello, goOn));
  expect(error.code).toBe('chat.template');
  expect(error.message).toContain('unigram/chat_template');
  expect(error.message).toContain(message);
});

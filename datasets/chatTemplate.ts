import { join } from 'node:path';

import { Template } from '@huggingface/jinja';

import { UserError } from '../src/base/userError.ts';
import { reasonOf } from './listProblems.ts';
import type { Message } from './messages.ts';
import type { Tokenizer } from './tokenizer.ts';
import { renderTranscript } from './transcript.ts';

const compiled = new Map<string, Template>();

/**
 * Renders messages with the tokenizer's chat template, as transformers does (trim_blocks, lstrip_blocks, the special
 * tokens as variables). Encode the result without special tokens: the template wrote those it wants.
 *
 * Without a template the text is a plain transcript, `\n\nHuman: ...\n\nAssistant: ...`, behind the tokenizer's BOS token
 * where it adds one itself.
 *
 * @throws {UserError} when the template is invalid or refuses the messages
 * @example const text = renderChat(tokenizer, [{ role: 'user', content: 'Hi' }], { addGenerationPrompt: true });
 */
export function renderChat(
  tokenizer: Tokenizer,
  messages: readonly Message[],
  options: { addGenerationPrompt: boolean },
): string {
  if (tokenizer.chatTemplate === null) return leadingBos(tokenizer) + renderTranscript(messages, options);
  try {
    return compile(tokenizer.chatTemplate).render({
      ...tokenizer.specialTokens,
      messages,
      // Defined and none, as transformers has them: templates test for either.
      tools: null,
      documents: null,
      add_generation_prompt: options.addGenerationPrompt,
    });
  } catch (error) {
    throw new UserError(
      'chat.template',
      `${join(tokenizer.folder, 'chat_template')}: expected a template that takes these messages ` +
        `(${messages.map(({ role }) => role).join(', ')}), it says "${reasonOf(error)}". ` +
        'Change the messages or the chat template.',
      { cause: error },
    );
  }
}

function compile(source: string): Template {
  const known = compiled.get(source);
  if (known) return known;
  const template = new Template(source);
  compiled.set(source, template);
  return template;
}

function leadingBos(tokenizer: Tokenizer): string {
  const adds = tokenizer.bosTokenId !== null && tokenizer.encode('')[0] === tokenizer.bosTokenId;
  return adds ? (tokenizer.specialTokens['bos_token'] ?? '') : '';
}

import type { Message } from './messages.ts';

const TURN = /(?:^|\n\n)(Human|Assistant):/;
const ROLES: Record<string, string> = { Human: 'user', Assistant: 'assistant' };
const LABELS: Record<string, string> = { system: 'System', user: 'Human', assistant: 'Assistant' };

/**
 * Reads an Anthropic HH transcript, `\n\nHuman: ...\n\nAssistant: ...`, into its turns. One space after each colon belongs
 * to the format; all other white space is content. A trailing `\n\nAssistant:` makes an empty last turn.
 *
 * @returns undefined when the text does not begin with a turn
 */
export function parseTranscript(text: string): Message[] | undefined {
  const parts = text.split(TURN);
  if (parts.length < 3 || parts[0] !== '') return undefined;
  const messages: Message[] = [];
  for (let at = 1; at < parts.length; at += 2) {
    messages.push({ role: ROLES[parts[at]!]!, content: parts[at + 1]!.replace(/^ /, '') });
  }
  return messages;
}

/**
 * Writes turns as a transcript, the inverse of {@link parseTranscript}. `addGenerationPrompt` ends it with
 * `\n\nAssistant:`, where the policy goes on.
 */
export function renderTranscript(messages: readonly Message[], options: { addGenerationPrompt: boolean }): string {
  const turns = messages.map(({ role, content }) => `\n\n${LABELS[role] ?? role}: ${content}`);
  return turns.join('') + (options.addGenerationPrompt ? '\n\nAssistant:' : '');
}

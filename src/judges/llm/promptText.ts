import type { Message } from '../../../datasets/index.ts';

/** A conversation as one text: a lone question as it is, several turns with their roles. */
export function promptText(prompt: readonly Message[]): string {
  if (prompt.length === 1) return prompt[0]!.content;
  return prompt.map(({ role, content }) => `${role[0]!.toUpperCase()}${role.slice(1)}: ${content}`).join('\n\n');
}

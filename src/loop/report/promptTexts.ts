import type { PromptRow } from '../../../datasets/index.ts';
import type { RunFolder } from './runFolder.ts';

/** Text of each prompt of a run by its id. */
export async function promptTexts(folder: RunFolder): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const name of ['prompts.arrow', 'held-out.arrow']) {
    for (const row of (await folder.table(name, 'prompts')) ?? []) texts.set(row.id, textOf(row));
  }
  return texts;
}

/** A question alone stands as it is; of a conversation each message says whose it is. */
function textOf({ messages }: PromptRow): string {
  if (messages.length === 1) return messages[0]!.content;
  return messages.map(({ role, content }) => `${role}: ${content}`).join('\n\n');
}

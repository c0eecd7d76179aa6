import type { Message } from '../../datasets/index.ts';
import type { Comparison } from './judge.ts';

/** One of the two answers of a comparison. */
export type Side = 'a' | 'b';

/** The conversation as one side had it: its own earlier answers, where it has some, in the place of the prompt's. */
export function ownPrompt({ prompt, earlier }: Comparison, side: Side): readonly Message[] {
  const own = earlier?.[side].values();
  if (!own) return prompt;
  return prompt.map((message) =>
    message.role === 'assistant' ? { ...message, content: own.next().value ?? message.content } : message,
  );
}

import { z } from 'zod';

import { schemaProblems } from './listProblems.ts';

/** One turn of a conversation, as chat templates take it. Roles are free: the template decides which it knows. */
export const messageSchema = z.object({ role: z.string().min(1), content: z.string() });

export type Message = z.infer<typeof messageSchema>;

const conversation = z.array(messageSchema).min(1);

/** A field's list of messages, or what is wrong with it. */
export function messageList(field: string, value: unknown): Message[] | string {
  const result = conversation.safeParse(value);
  if (result.success) return result.data;
  return `must hold text or messages {role, content}, found ${schemaProblems(result.error, field).join('; ')}`;
}

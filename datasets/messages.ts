import { z } from 'zod';

/** One turn of a conversation, as chat templates take it. Roles are free: the template decides which it knows. */
export const messageSchema = z.object({ role: z.string().min(1), content: z.string() });

export type Message = z.infer<typeof messageSchema>;

import { z } from 'zod';

import { schemaProblems } from '../../../datasets/listProblems.ts';
import type { AnswerToken } from './chatModel.ts';

const tokenSchema = z.object({
  token: z.string(),
  logprob: z.number(),
  top_logprobs: z.array(z.object({ token: z.string(), logprob: z.number() })).nullish(),
});

/** The parts of a chat completion that are read; servers differ in the rest. */
const completionSchema = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
        logprobs: z.object({ content: z.array(tokenSchema).nullish() }).nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number(), completion_tokens: z.number() }).partial().nullish(),
});

/** What one completion says and took. */
export interface ApiAnswer {
  text?: string;
  error?: string;
  tokens?: AnswerToken[];
  promptTokens?: number;
  completionTokens?: number;
}

/**
 * Reads a chat completion.
 *
 * @throws when it has not the shape of one
 */
export function apiAnswer(completion: unknown): ApiAnswer {
  const { data, error } = completionSchema.safeParse(completion);
  if (!data) throw new Error(`the answer is no chat completion: ${schemaProblems(error).join('; ')}`);
  const { message, finish_reason: finish, logprobs } = data.choices[0]!;
  const usage = data.usage ?? {};
  const counts = {
    ...(usage.prompt_tokens === undefined ? {} : { promptTokens: usage.prompt_tokens }),
    ...(usage.completion_tokens === undefined ? {} : { completionTokens: usage.completion_tokens }),
  };
  if (message.refusal) return { error: `refused: ${message.refusal}`, ...counts };
  if (finish === 'content_filter') return { error: 'refused: content filter', ...counts };
  const tokens = logprobs?.content?.map(({ token, logprob, top_logprobs: top }) => ({
    token,
    top: Object.fromEntries([[token, logprob], ...(top ?? []).map((entry) => [entry.token, entry.logprob])]),
  }));
  return { text: message.content ?? '', ...counts, ...(tokens && tokens.length > 0 ? { tokens } : {}) };
}

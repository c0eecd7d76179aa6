import type { PromptRow, SampleRow } from '../../datasets/index.ts';
import type { Answer } from '../judges/index.ts';

/** Samples as a judge is asked about them, each with its prompt. */
export function answersTo(prompts: readonly PromptRow[], samples: readonly SampleRow[]): Answer[] {
  const byId = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  return samples.map(({ id, prompt_id, text }) => {
    const prompt = byId.get(prompt_id)!;
    return { id, prompt: prompt.messages, answer: text, columns: prompt };
  });
}

import { z } from 'zod';

import { UserError } from '../../src/base/userError.ts';
import { defineRecipe } from '../../src/recipe/defineRecipe.ts';

const schema = z.object({
  steps: z.int().positive().default(2).describe('How often to count.'),
  seed: z.int().default(1).describe('Decides nothing.'),
  mode: z.enum(['count', 'wait', 'user-fault', 'bug']).default('count').describe('What to do.'),
  data: z
    .object({
      prompts: z.string().describe('Where from.'),
      limit: z.int().default(5).describe('How many.'),
    })
    .describe('The input.'),
  train: z
    .object({
      rate: z.number().positive().default(0.1).describe('How fast.'),
      tags: z.array(z.string()).default([]).describe('Labels.'),
      judge: z.string().optional().describe('Who judges.'),
    })
    .prefault({})
    .describe('The training.'),
});

async function stopped(signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** A recipe with required, optional and nested options that counts, waits for an interrupt, or fails. */
export const tinyRecipe = defineRecipe({
  name: 'tiny',
  summary: 'Count to a number.',
  examples: ['nashtune run tiny --set data.prompts=p.jsonl'],
  schema,
  presets: { long: { steps: 9, train: { rate: 0.5 } }, given: { data: { prompts: 'preset.jsonl' } } },
  run: async ({ steps, mode, data }, { print, progress, result, signal, out, version, json, resume, recipeName }) => {
    print(`counting for ${data.prompts}`);
    for (let step = 1; step <= steps; step++) progress(`step ${step}`);
    if (mode === 'user-fault') throw new UserError('tiny.fault', 'Tiny: the prompts are wrong. Write others.');
    if (mode === 'bug') throw new RangeError('a bug in the recipe');
    if (mode === 'wait') await stopped(signal);
    result({ steps, out, version, json, resume, recipeName });
  },
});

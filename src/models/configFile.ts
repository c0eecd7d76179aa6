import { readFile } from 'node:fs/promises';

import type { z } from 'zod';

import { UserError } from '../base/userError.ts';

/**
 * Reads a model folder's config.json.
 *
 * @throws {UserError} when the file is missing or not JSON
 */
export async function readConfigJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    throw new UserError(
      'model.noConfig',
      `${path}: no such file. Give a model folder in Hugging Face layout (config.json, model.safetensors, tokenizer.json).`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      'model.badConfig',
      `${path}: not JSON (${(error as Error).message}). Restore the file from the model's source.`,
    );
  }
}

/** What a schema found wrong with a config.json, with what was found in each place. */
export function malformedConfig(where: string, modelType: string, error: z.ZodError, json: unknown): UserError {
  return new UserError(
    'model.badConfig',
    `${where}: not a ${modelType} configuration that nashtune can run:\n${listIssues(error, json)}\n` +
      "Restore the file from the model's source, or give another model.",
  );
}

/** One line for each fault, with what was found in its place. */
function listIssues({ issues }: z.ZodError, json: unknown): string {
  return issues
    .map(({ path, message }) => {
      const found = path.reduce<unknown>(
        (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
        json,
      );
      const expected = message.replace(/^Invalid input: /, '').replace(/, received \w+$/, '');
      return `- ${path.join('.') || 'the file'}: ${expected}, got ${JSON.stringify(found) ?? 'nothing'}`;
    })
    .join('\n');
}

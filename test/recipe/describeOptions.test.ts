import { expect, test } from 'vitest';
import { z } from 'zod';

import { describeOptions } from '../../src/recipe/describeOptions.ts';
import { tinyRecipe } from './tinyRecipe.ts';

test('options come in the order of the schema, by dotted path, with type, default and description', () => {
  expect(describeOptions(tinyRecipe.schema).map(({ key, type, required }) => ({ key, type, required }))).toEqual([
    { key: 'steps', type: 'integer', required: false },
    { key: 'seed', type: 'integer', required: false },
    { key: 'mode', type: '"count" | "wait" | "user-fault" | "bug"', required: false },
    { key: 'data.prompts', type: 'string', required: true },
    { key: 'data.limit', type: 'integer', required: false },
    { key: 'train.rate', type: 'number', required: false },
    { key: 'train.tags', type: 'string[]', required: false },
    { key: 'train.judge', type: 'string', required: false },
  ]);
  expect(describeOptions(tinyRecipe.schema)[5]).toEqual({
    key: 'train.rate',
    type: 'number',
    description: 'How fast.',
    required: false,
    default: 0.1,
  });
});

test('a default of the section wins over the one of its field', () => {
  const schema = z.object({ data: z.object({ limit: z.int().default(5) }).default({ limit: 7 }) });
  expect(describeOptions(schema)).toMatchObject([{ key: 'data.limit', default: 7 }]);
});

test('unions, literals and values that JSON Schema cannot say have a type name', () => {
  const schema = z.object({
    either: z.union([z.number(), z.literal('auto')]),
    anything: z.custom<symbol>(),
  });
  expect(describeOptions(schema).map(({ type }) => type)).toEqual(['number | "auto"', 'any']);
});

import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { packageManifest, packageRoot } from '../../src/recipe/packageRoot.ts';

test('the root of the package holds its package.json and its recipes', () => {
  expect(existsSync(join(packageRoot(), 'recipes'))).toBe(true);
  expect(packageManifest().version).toMatch(/^\d+\.\d+\.\d+/);
  expect(packageManifest().exports['./losses']).toMatchObject({ default: './dist/losses/index.js' });
});

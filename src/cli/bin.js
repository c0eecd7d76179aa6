#!/usr/bin/env node
// Runs the built command; in a checkout without `dist`, runs the sources through tsx instead.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../../dist/src/cli/entry.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  // yargs is loaded before tsx takes over the imports: through tsx it takes twice as long.
  const [{ register }] = await Promise.all([import('tsx/esm/api'), import('yargs')]);
  register({ tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)) });
  await import('./entry.ts');
}

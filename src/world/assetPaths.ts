import { fileURLToPath } from 'node:url';

const folder = (name: string): string => fileURLToPath(new URL(`assets/${name}`, import.meta.url));

/** The base policy of the quickstart, in Hugging Face layout; made by `npm run train:world`. */
export const BASE_POLICY = folder('policy');

/** The small preference model that judges when a recipe names no other; made by `npm run train:world`. */
export const SHIPPED_JUDGE = folder('judge');

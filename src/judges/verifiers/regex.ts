import type { Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';

/** Scores 1 where the pattern is found in an answer. Anchor it (`^...$`) to match the whole. */
export function createRegexVerifier(pattern: RegExp): Verifier {
  // Without flags g and y, which would have it go on from where it found something before.
  const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  return createVerifier({ id: `regex ${String(pattern)}`, check: ({ answer }) => stateless.test(answer) });
}

import { francAll } from 'franc-min';
import { data } from 'franc-min/data.js';
import { expressions } from 'franc-min/expressions.js';

import { UserError } from '../../base/userError.ts';
import type { Verifier } from '../judge.ts';
import { createVerifier } from './createVerifier.ts';

/** Languages with trigrams, and those told by their script. */
const KNOWN = new Set(
  [...Object.values(data).flatMap((languages) => Object.keys(languages)), ...Object.keys(expressions)].filter((name) =>
    /^[a-z]{3}$/.test(name),
  ),
);

export interface LanguageOptions {
  /** ISO 639-3 code, such as eng, deu, cmn. */
  language: string;
  /** Languages that come into question; fewer make short answers surer. Default: all 76 that can be told. */
  among?: readonly string[];
}

/**
 * Scores 1 where an answer is in the language. A guess by trigrams: answers of a few words are easily mistaken, and those
 * too short to tell are an error.
 *
 * @throws {UserError} when the language is not among those that can be told
 */
export function createLanguageVerifier({ language, among }: LanguageOptions): Verifier {
  const only = among && [...new Set([...among, language])];
  const unknown = [language, ...(among ?? [])].filter((code) => !KNOWN.has(code));
  if (unknown.length > 0) {
    throw new UserError(
      'judge.language',
      `createLanguageVerifier: expected ISO 639-3 codes of the ${KNOWN.size} languages that can be told, found ` +
        `${unknown.map((code) => `"${code}"`).join(', ')}. Give such as eng, deu, fra, spa or cmn.`,
    );
  }
  return createVerifier({
    id: `language ${language} of ${only ? [...only].sort().join(' ') : 'all'}`,
    check: ({ answer }) => {
      const [likeliest] = francAll(answer, only ? { only } : {})[0]!;
      if (likeliest === 'und') throw new Error('too short to tell the language');
      return likeliest === language;
    },
  });
}

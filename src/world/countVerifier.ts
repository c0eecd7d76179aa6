import { createVerifier } from '../judges/verifiers/createVerifier.ts';
import { qualities } from './qualities.ts';
import { readRequest } from './request.ts';

/**
 * A check of the world's answers that needs no judge: as many distinct items as the prompt asks for. What they are about,
 * and how politely they come, does not matter.
 *
 * @example // check.ts, for `--set judge=./check.ts`
 * export { countVerifier as default } from 'nashtune/world';
 */
export const countVerifier = createVerifier({
  id: 'world count',
  check: ({ prompt, answer }) => {
    const asked = prompt.at(-1)?.content ?? '';
    if (readRequest(asked).count === undefined) throw new Error('the prompt asks for no number of items');
    return qualities(asked, answer).complete === 1;
  },
});

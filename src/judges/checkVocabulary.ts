import type { Tokenizer } from '../../datasets/index.ts';
import { UserError } from '../base/userError.ts';

/**
 * Refuses a tokenizer that knows tokens its model does not have.
 *
 * @throws {UserError} with both numbers
 */
export function checkVocabulary(tokenizer: Tokenizer, { vocabSize }: { vocabSize: number }): void {
  if (tokenizer.vocabSize <= vocabSize) return;
  throw new UserError(
    'judge.tokenizer',
    `${tokenizer.folder}: the tokenizer has ${tokenizer.vocabSize} tokens, the model ${vocabSize}. ` +
      'Use the tokenizer that was saved with the model.',
  );
}

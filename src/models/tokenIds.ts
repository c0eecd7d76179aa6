import { UserError } from '../base/userError.ts';
import type { DecoderConfig } from './decoderConfig.ts';

/**
 * Refuses token ids that the model does not have: natively they would be clamped to its last token without a word.
 *
 * @param where what holds the ids, for the error
 * @throws {UserError} naming the first such id
 */
export function checkTokenIds(config: DecoderConfig, ids: ArrayLike<number>, where: string): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id < config.vocabSize) continue;
    throw new UserError(
      'tokens.outside',
      `${where}: token id ${id} at position ${i}, and the model has the ids 0 to ${config.vocabSize - 1}. ` +
        'Use the tokenizer that belongs to the model.',
    );
  }
}

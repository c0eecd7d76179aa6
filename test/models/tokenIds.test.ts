import { expect, test } from 'vitest';

import { checkTokenIds, parseDecoderConfig } from '../../src/models/index.ts';
import { userErrorOf } from '../datasets/userErrorOf.ts';

const config = parseDecoderConfig(
  {
    model_type: 'llama',
    vocab_size: 10,
    hidden_size: 4,
    intermediate_size: 4,
    num_hidden_layers: 1,
    num_attention_heads: 1,
    rms_norm_eps: 1e-5,
    max_position_embeddings: 8,
  },
  'test',
);

test('every id of the vocabulary passes', () => {
  checkTokenIds(
    config,
    Int32Array.from({ length: 10 }, (_, id) => id),
    'row',
  );
});

test.each([[10], [-1], [1.5], [Number.NaN]])('%d does not', async (id) => {
  const error = await userErrorOf(() => checkTokenIds(config, [0, id], 'row 3'));
  expect(error.message).toBe(
    `row 3: token id ${id} at position 1, and the model has the ids 0 to 9. Use the tokenizer that belongs to the model.`,
  );
});

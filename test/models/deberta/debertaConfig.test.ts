import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { parseDebertaConfig } from '../../../src/models/index.ts';

const V3 = JSON.parse(readFileSync(new URL('../../golden/deberta/v3/config.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>;

test('what the encoder cannot run is refused by name, all at once', () => {
  const other = { conv_kernel_size: 3, position_biased_input: true, type_vocab_size: 2, pos_att_type: ['c2p', 'p2p'] };
  expect(() => parseDebertaConfig({ ...V3, ...other }, 'config.json')).toThrow(
    /^config.json: .*absolute positions.*type_vocab_size 2: token types.*conv_kernel_size 3: the convolution.*p2p/,
  );
  const absolute = { ...V3, relative_attention: false, embedding_size: 8 };
  expect(() => parseDebertaConfig(absolute, 'config.json')).toThrow(/relative_attention false.*embedding_size 8/);
});

test('sizes that do not fit and fields that are missing are named', () => {
  const { hidden_size: _, ...withoutSize } = V3;
  expect(() => parseDebertaConfig(withoutSize, 'config.json')).toThrow(/hidden_size: expected number, got nothing/);
  expect(() => parseDebertaConfig({ ...V3, num_attention_heads: 3 }, 'c')).toThrow(
    /3 heads of size 5.33.* hidden_size 16/,
  );
  expect(() => parseDebertaConfig({ ...V3, model_type: 'bert' }, 'c')).toThrow(
    /model_type: expected "deberta-v2", got "bert"/,
  );
});

test('ways of attending are read as text and as a list', () => {
  const { pos_att_type: _, ...rest } = V3;
  const ways = [rest, { ...rest, pos_att_type: 'c2p' }, { ...rest, pos_att_type: 'p2c|c2p' }].map((json) => {
    const { contentToPosition, positionToContent } = parseDebertaConfig(json, 'config.json');
    return [contentToPosition, positionToContent];
  });
  expect(ways).toEqual([
    [false, false],
    [true, false],
    [true, true],
  ]);
});

import { describe, expect, test } from 'vitest';

import { flattenJson, manifestDifferences, manifestText } from '../../src/loop/manifest.ts';
import type { RunManifest } from '../../src/loop/manifest.ts';

const MANIFEST: RunManifest = {
  recipe: 'sppo',
  config: { rounds: 2, data: { prompts: 'p.jsonl', limit: undefined }, train: { betas: [0.9, 0.99] } },
  seeds: { run: 1 },
  inputs: { 'data.prompts': 'sha256:aa' },
  versions: { nashtune: '0.1.0' },
};

describe('manifestText', () => {
  test('is the same text in whatever order the keys were set', () => {
    const { versions, inputs, seeds, config, recipe } = MANIFEST;
    const shuffled = { versions, seeds, inputs, recipe, config: { ...config, data: { prompts: 'p.jsonl' } } };
    expect(manifestText(shuffled)).toBe(manifestText(MANIFEST));
    expect(manifestText(MANIFEST)).toMatchInlineSnapshot(`
      "{
        "recipe": "sppo",
        "config": {
          "data": {
            "prompts": "p.jsonl"
          },
          "rounds": 2,
          "train": {
            "betas": [
              0.9,
              0.99
            ]
          }
        },
        "seeds": {
          "run": 1
        },
        "inputs": {
          "data.prompts": "sha256:aa"
        },
        "versions": {
          "nashtune": "0.1.0"
        }
      }
      "
    `);
  });

  test('keeps the order of lists', () => {
    const swapped = { ...MANIFEST, config: { train: { betas: [0.99, 0.9] } } };
    expect(JSON.parse(manifestText(swapped))).toMatchObject({ config: { train: { betas: [0.99, 0.9] } } });
  });

  test('refuses a number that JSON cannot hold, and names it', () => {
    const broken = { ...MANIFEST, config: { train: { betas: [0.9, NaN] } } };
    expect(() => manifestText(broken)).toThrow('run.json: config.train.betas.1 must be a JSON value, got NaN.');
  });
});

describe('manifestDifferences', () => {
  test('names changed, added and removed values by dotted path, and takes a list as one value', () => {
    const before = { a: { b: 1, c: 'x' }, list: [1, 2], gone: true, same: null };
    const after = { same: null, list: [1, 3], a: { c: 'y', b: 1 }, fresh: {} };
    expect(manifestDifferences(before, after)).toEqual([
      { key: 'a.c', before: 'x', after: 'y' },
      { key: 'fresh', before: undefined, after: {} },
      { key: 'gone', before: true, after: undefined },
      { key: 'list', before: [1, 2], after: [1, 3] },
    ]);
  });

  test('finds none between a manifest and its text read back', () => {
    const read = JSON.parse(manifestText(MANIFEST)) as typeof MANIFEST;
    expect(manifestDifferences({ ...read }, { ...MANIFEST })).toEqual([]);
  });
});

test('flattenJson lists leaves by dotted path and leaves out what is unset', () => {
  expect(flattenJson({ a: { b: { c: 1 } }, list: [{ x: 1 }], none: undefined, empty: {} })).toEqual([
    ['a.b.c', 1],
    ['list', [{ x: 1 }]],
    ['empty', {}],
  ]);
});

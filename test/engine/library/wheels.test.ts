import { expect, test } from 'vitest';

import { chosenIndex, wheelPins } from '../../../src/engine/library/wheels.ts';

test.each(['x64', 'arm64'])('every pin for %s names its project, version and processor', (arch) => {
  const pins = Object.values(wheelPins(arch));
  expect(pins.length).toBeGreaterThan(0);
  for (const { project, version, fileName, sha256, size, unpackedSize } of pins) {
    expect(fileName.startsWith(`${project.replace('-', '_')}-${version}-cp311-`)).toBe(true);
    expect(fileName).toContain(arch === 'x64' ? '_x86_64' : '_aarch64');
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(unpackedSize).toBeGreaterThan(size);
  }
});

test('there are no pins for other processors', () => {
  expect(wheelPins('riscv64')).toEqual({});
});

test('the index of an argument comes before that of the environment; an empty one counts as none', () => {
  expect(chosenIndex('http://a/simple/', 'http://b/simple')).toBe('http://a/simple');
  expect(chosenIndex(undefined, 'http://b/simple')).toBe('http://b/simple');
  expect(chosenIndex(undefined, '')).toBeNull();
});

import { expect, test } from 'vitest';

import { xlaFlags } from '../../src/engine/xlaFlags.ts';

const OWN = '--xla_cpu_experimental_ynn_fusion_type=individual_dot';

test('products stay apart from what follows them, whatever else XLA is told', () => {
  expect(xlaFlags('2.21.0', 'x64', undefined)).toEqual({ flags: OWN, mixedProducts: true });
  expect(xlaFlags('2.21.0', 'x64', '--xla_dump_to=/x')).toEqual({
    flags: `--xla_dump_to=/x ${OWN}`,
    mixedProducts: true,
  });
  // A process that was started by one of ours.
  expect(xlaFlags('2.21.0', 'x64', OWN)).toEqual({ flags: OWN, mixedProducts: true });
});

test('what the user says about them wins, and then there are no such products', () => {
  const flags = '--xla_cpu_experimental_ynn_fusion_type=dot,reduce --xla_dump_to=/x';
  expect(xlaFlags('2.21.0', 'x64', flags)).toEqual({ flags, mixedProducts: false });
});

test.each([
  ['another version', '2.22.0', 'x64'],
  ['an unknown version', null, 'x64'],
  ['another processor', '2.21.0', 'arm64'],
])('%s is not told a flag that it may not know', (_, version, architecture) => {
  expect(xlaFlags(version, architecture, undefined)).toEqual({ flags: undefined, mixedProducts: false });
  expect(xlaFlags(version, architecture, '--xla_dump_to=/x').flags).toBe('--xla_dump_to=/x');
});

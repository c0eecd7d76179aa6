import { expect, test } from 'vitest';

import { compareVersions, parseRequirements, satisfies } from '../../../src/engine/library/requirements.ts';

// Lines of tensorflow 2.21.0's METADATA as published, shortened.
const METADATA = `Metadata-Version: 2.1
Name: tensorflow
Version: 2.21.0
Classifier: Programming Language :: Python :: 3
Requires-Dist: absl-py>=1.0.0
Requires-Dist: keras>=3.12.0
Requires-Dist: tensorflow-io-gcs-filesystem>=0.23.1; python_version < "3.13" and sys_platform != "win32"
Provides-Extra: and-cuda
Requires-Dist: nvidia-cublas-cu12<13.0,>=12.5.3.2; extra == "and-cuda"
Requires-Dist: nvidia-cudnn-cu12 (<10.0, >=9.3.0.75) ; extra == 'and-cuda'
Requires-Dist: other; extra == "gcs-filesystem"

Requires-Dist: described-below; extra == "and-cuda"
`;

test('reads the requirements of one extra from the header only', () => {
  expect(parseRequirements(METADATA, 'and-cuda')).toEqual([
    { project: 'nvidia-cublas-cu12', specifier: '<13.0,>=12.5.3.2' },
    { project: 'nvidia-cudnn-cu12', specifier: '<10.0,>=9.3.0.75' },
  ]);
  expect(parseRequirements(METADATA.replaceAll('\n', '\r\n'), 'and-cuda')).toHaveLength(2);
  expect(parseRequirements('', 'and-cuda')).toEqual([]);
});

test.each([
  ['12.5.3.2', '<13.0,>=12.5.3.2', true],
  ['12.5.3', '<13.0,>=12.5.3.2', false],
  ['13.0', '<13.0,>=12.5.3.2', false],
  ['13', '<13.0', false],
  ['12.10', '>=12.9', true],
  ['12.9.post1', '>12.9', true],
  ['13.0rc1', '<14', false],
  ['1.0', '', true],
  ['1.0', '==1', true],
  ['1.0', '!=1', false],
])('version %s against %s is %s', (version, specifier, expected) => {
  expect(satisfies(version, specifier)).toBe(expected);
});

test('refuses an operator it does not know', () => {
  expect(() => satisfies('1.0', '~=1.0')).toThrow('cannot read "~=1.0"');
});

test('orders versions by number', () => {
  expect(['9.3', '12.10', '12.9.1', '12.9'].sort(compareVersions)).toEqual(['9.3', '12.9', '12.9.1', '12.10']);
});

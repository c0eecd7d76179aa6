import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const SCRIPT = `
  import * as tf from '@tensorflow/tfjs-core';
  import { dpo } from 'nashtune/losses';
  const [a, b, c, d] = [[-1], [-2], [-1], [-2]].map((values) => tf.tensor1d(values));
  const loss = (x) => tf.sum(dpo({ policyChosenLogps: x, policyRejectedLogps: b, refChosenLogps: c, refRejectedLogps: d }, { beta: 1 }));
  console.log(JSON.stringify({ backend: tf.getBackend(), gradient: tf.grad(loss)(a).arraySync() }));
`;

test('a script that loads nothing but the losses can compute and differentiate', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', SCRIPT], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(JSON.parse(output)).toEqual({ backend: 'cpu', gradient: [-0.5] });
});

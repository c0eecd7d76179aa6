import { copyFile, mkdir, open, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { checkDriver } from '../../src/engine/library/checkDriver.ts';
import { findLibrary } from '../../src/engine/library/findLibrary.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { describeNative } from './nativeTests.ts';
import { runScript } from './runScript.ts';

const START = `
  import { startEngine } from './src/engine/index.ts';
  try {
    const engine = await startEngine(JSON.parse(process.env.OPTIONS ?? '{}'));
    console.log(JSON.stringify(engine));
  } catch (error) {
    console.log(JSON.stringify({ name: error.name, code: error.code, message: error.message }));
  }
`;

interface Started {
  backend?: string;
  code?: string;
  message?: string;
  [name: string]: unknown;
}

async function start(
  env: Record<string, string | undefined>,
  options: object = {},
): Promise<Started & { notices: string }> {
  const { code, stdout, stderr } = await runScript(START, { OPTIONS: JSON.stringify(options), ...env });
  // Also when it ends by itself, after the engine has started.
  expect(code, stderr).toBe(0);
  return { ...(JSON.parse(stdout || '{}') as Started), notices: stderr };
}

/** A machine with no library, no Python and no network. */
async function bareMachine(): Promise<Record<string, string>> {
  const home = await temporaryFolder();
  return {
    HOME: home,
    XDG_CACHE_HOME: join(home, 'cache'),
    PATH: join(home, 'bin'),
    // Nothing listens on this port.
    NASHTUNE_WHEEL_INDEX: 'http://127.0.0.1:9/simple',
    NASHTUNE_NATIVE: '',
  };
}

const LIBRARIES = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

describe('startEngine without the native library', () => {
  test('runs on WebAssembly with one line that says what is lost and how to get it', async () => {
    const engine = await start({ NASHTUNE_NATIVE: 'off' });
    expect(engine).toMatchObject({ backend: 'wasm', library: null, threads: 1, devices: [] });
    expect(engine.notices).toBe(
      'nashtune: running on WebAssembly, one thread without compilation, many times slower. ' +
        'NASHTUNE_NATIVE=off is set; unset it to use the native library.\n',
    );
  });

  test.skipIf(process.platform !== 'linux')('does so, too, when it cannot be fetched', async () => {
    const engine = await start(await bareMachine());
    expect(engine.backend).toBe('wasm');
    expect(engine.notices).toMatch(
      /^nashtune: running on WebAssembly, .* slower\. Could not download .*Connect to the network and run "nashtune setup" again.*\n$/,
    );
  });

  test.skipIf(process.platform !== 'linux')('does not look for it on the network when told not to', async () => {
    const engine = await start(await bareMachine(), { fetch: false });
    expect(engine).toMatchObject({
      backend: 'wasm',
      portableBecause: expect.stringContaining('Run "nashtune setup"') as string,
    });
  });

  test('has no GPU', async () => {
    const engine = await start({ NASHTUNE_NATIVE: 'off' }, { device: 'gpu' });
    expect(engine).toMatchObject({
      code: 'engine.noGpu',
      message:
        '--device gpu: a GPU needs the native library. NASHTUNE_NATIVE=off is set; unset it to use the native library.',
    });
  });

  test.skipIf(process.platform !== 'linux')('fetches no CUDA build on a machine without a GPU', async ({ skip }) => {
    const { problems } = await checkDriver();
    if (problems.length === 0) skip('this machine has a GPU');
    const engine = await start(await bareMachine(), { device: 'gpu:1' });
    expect(engine).toMatchObject({
      code: 'engine.noGpu',
      message: `--device gpu:1: no GPU is usable. ${problems.join(' ')} Or use --device cpu.`,
    });
  });
});

describeNative('startEngine with a native library', () => {
  test('prints nothing and says what it runs on', async () => {
    const { notices, ...engine } = await start({}, { device: 'cpu', threads: 1 });
    expect(notices).toBe('');
    expect(engine).toMatchObject({ backend: 'tensorflow', threads: 1, device: 'cpu', portableBecause: null });
    expect(engine.version).toMatch(/^2\.\d+\.\d+$/);
    expect(engine.library).toMatchObject({ folder: expect.any(String) as string });
  });

  test('refuses a folder without the library', async () => {
    const folder = await temporaryFolder();
    const engine = await start({ NASHTUNE_TENSORFLOW: folder });
    expect(engine.code).toBe('engine.library');
    expect(engine.message).toContain(`"${join(folder, LIBRARIES[0]!)}" does not exist`);
    expect(engine.message).toContain('Set it to the folder "tensorflow" of');
  });

  test('refuses a text file in its place', async () => {
    const folder = await temporaryFolder();
    for (const name of LIBRARIES) await writeFile(join(folder, name), 'version https://git-lfs.github.com/spec/v1\n');
    const engine = await start({ NASHTUNE_TENSORFLOW: folder });
    expect(engine).toMatchObject({ code: 'engine.library', message: expect.stringContaining('not usable') as string });
  });

  test('refuses a library that was cut', async () => {
    const found = await findLibrary();
    const folder = await temporaryFolder();
    await symlink(found!.library, join(folder, LIBRARIES[0]!));
    const part = await open(found!.framework);
    const { buffer } = await part.read(Buffer.alloc(1_000_000), 0, 1_000_000, 0);
    await part.close();
    await writeFile(join(folder, LIBRARIES[1]!), buffer);
    const engine = await start({ NASHTUNE_TENSORFLOW: folder });
    expect(engine.code).toMatch(/^engine\.library/);
    expect(engine.message).toContain(LIBRARIES[1]!);
    expect(engine.message).toMatch(/unset it so that nashtune/);
  });

  test('refuses a library of something else', async () => {
    const folder = await temporaryFolder();
    const other = /\/\S+libc\.so\.6/.exec(await readFile('/proc/self/maps', 'utf8'))![0];
    await mkdir(join(folder, 'x'));
    for (const name of LIBRARIES) await copyFile(other, join(folder, name));
    const engine = await start({ NASHTUNE_TENSORFLOW: folder });
    expect(engine.code).toBe('engine.libraryBroken');
    expect(engine.message).toMatch(
      /does not load: .*TF_Version.* Set NASHTUNE_TENSORFLOW to the folder "tensorflow" of TensorFlow 2\.21, or unset it/s,
    );
  });

  test('gives the same weights, bit for bit, in every process', async () => {
    const train = `
      import * as tf from '@tensorflow/tfjs-core';
      import { createHash } from 'node:crypto';
      import { compile, createParameter, startEngine } from './src/engine/index.ts';
      await startEngine({ device: 'cpu' });
      const hashes = [];
      for (const options of [{ mode: 'graph' }, { mode: 'xla' }, { mode: 'graph', bf16: true }, { mode: 'xla', bf16: true }]) {
        const weights = [96, 64].map((n, i) => createParameter(tf.mul(tf.randomNormal([128, n], 0, 1, 'float32', i + 1), 0.1), 'w' + i));
        const step = compile((x) => {
          const values = weights.map((weight) => weight.read());
          const loss = (a, b) => tf.mean(tf.logSumExp(tf.matMul(tf.tanh(tf.matMul(x, a)), b, true, false), -1));
          const { value, grads } = tf.valueAndGrads((a, b) => loss(a, b))(values);
          weights.forEach((weight, i) => weight.assign(tf.sub(values[i], tf.mul(grads[i], 0.1))));
          return value;
        }, options);
        for (let i = 1; i <= 10; i++) {
          const x = tf.randomNormal([128, 128], 0, 1, 'float32', i);
          tf.dispose(i % 2 ? step(x) : await step.async(x));
        }
        const hash = createHash('sha256');
        for (const weight of weights) hash.update(weight.read().dataSync());
        hashes.push(hash.digest('hex'));
      }
      console.log(JSON.stringify(hashes));
    `;
    const runs = [await runScript(train), await runScript(train)];
    for (const { code, stderr } of runs) expect(stderr).toBe(code === 0 ? '' : 'no error');
    const hashes = runs.map(({ stdout }) => JSON.parse(stdout) as string[]);
    expect(new Set(hashes[0])).toHaveProperty('size', 4);
    expect(hashes[1]).toEqual(hashes[0]);
  });
});

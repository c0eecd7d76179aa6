import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { formatDoctor, type Check } from '../../src/engine/doctor.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';
import { describeNative } from './nativeTests.ts';
import { runScript } from './runScript.ts';

async function runDoctor(env: Record<string, string>): Promise<Map<string, Check>> {
  const { stdout } = await runScript(
    "import { doctor } from './src/engine/doctor.ts'; console.log(JSON.stringify(await doctor()));",
    env,
  );
  return new Map((JSON.parse(stdout) as Check[]).map((check) => [check.name, check]));
}

describe('doctor', () => {
  test('works without the native library, and says how to get it', async () => {
    const checks = await runDoctor({ NASHTUNE_NATIVE: 'off' });
    expect([...checks.keys()].slice(0, 4)).toEqual(['Node.js', 'library', 'threads', 'fp32 products']);
    expect(checks.get('library')).toEqual({
      name: 'library',
      verdict: 'warning',
      found: 'none: runs on WebAssembly, many times slower',
      advice: 'NASHTUNE_NATIVE=off is set; unset it to use the native library.',
    });
    expect(checks.get('fp32 products')?.found).toMatch(/^\d+ GFLOPS/);
    expect(checks.get('memory')?.found).toMatch(/^\d+\.\d GB free$/);
  });

  test.skipIf(process.platform !== 'linux')('fetches nothing', async () => {
    const home = await temporaryFolder();
    const cache = join(home, 'cache');
    const checks = await runDoctor({ HOME: home, XDG_CACHE_HOME: cache, PATH: join(home, 'bin'), NASHTUNE_NATIVE: '' });
    expect(checks.get('library')?.advice).toContain('Run "nashtune setup" to fetch the native library');
    expect(checks.get('disk')?.found).toMatch(/^[\d.]+ GB free for the cache in /);
    expect(checks.get('disk')?.found).toContain(join(cache, 'nashtune'));
  });

  test('reports why the engine does not start', async () => {
    const folder = await temporaryFolder();
    const checks = await runDoctor({ NASHTUNE_TENSORFLOW: folder, NASHTUNE_NATIVE: '' });
    expect(checks.get('engine')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining(`does not start: NASHTUNE_TENSORFLOW="${folder}" is not usable`) as string,
    });
    expect(checks.has('memory')).toBe(true);
  });

  test('is printed with a mark for each verdict, advice below, and a count', () => {
    const checks: Check[] = [
      { name: 'Node.js', verdict: 'good', found: 'v24' },
      { name: 'memory', verdict: 'warning', found: '1 GB', advice: 'Close something.' },
      { name: 'engine', verdict: 'problem', found: 'no:\n- this' },
    ];
    expect(formatDoctor(checks)).toBe(
      [
        '✓ Node.js  v24',
        '! memory   1 GB',
        '           Close something.',
        '✗ engine   no:',
        '           - this',
        '',
        '1 problem, 1 warning',
      ].join('\n'),
    );
  });
});

describeNative('doctor with the native library', () => {
  test('names the library, the devices and the speed in both precisions', async () => {
    const checks = await runDoctor({});
    expect(checks.get('library')).toMatchObject({
      verdict: 'good',
      found: expect.stringMatching(/^TensorFlow 2\.\d+\.\d+, /) as string,
    });
    expect(checks.get('devices')?.found).toMatch(/^cpu/);
    expect(checks.get('JavaScript half')?.found).toMatch(/^(package|copy)/);
    for (const precision of ['fp32', 'bf16']) {
      expect(checks.get(`${precision} products`)?.found).toMatch(/^[1-9]\d* GFLOPS \(/);
    }
    expect([...checks.values()].filter(({ name }) => name.includes('products, the default'))).toEqual([]);
    expect([...checks.values()].filter(({ found }) => found.includes('the default of training here'))).toHaveLength(1);
  });
});

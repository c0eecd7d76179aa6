// Makes `dist`: the compiled sources, the world's assets, and a copy of the JavaScript half of tfjs-node-gpu.
import { execFileSync } from 'node:child_process';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
// A build that fails leaves the old `dist` in place.
const building = join(root, 'dist.building');
const dist = join(root, 'dist');

await rm(building, { recursive: true, force: true });
compile();
await cp(join(root, 'src/world/assets'), join(building, 'src/world/assets'), { recursive: true });
await copyNodeBackend(join(root, 'node_modules/@tensorflow/tfjs-node-gpu'), join(building, 'vendor/tfjs-node-gpu'));
await rm(dist, { recursive: true, force: true });
await rename(building, dist);

function compile(): void {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--outDir', building];
  execFileSync(process.execPath, args, { stdio: 'inherit' });
}

/**
 * npm takes the optional package away where its install script cannot reach its download host; the engine then falls
 * back to this copy. The addon is not part of it: the engine replaces that.
 */
async function copyNodeBackend(from: string, to: string): Promise<void> {
  const files = ['nodejs_kernel_backend.js', 'int64_tensors.js', 'register_all_kernels.js', 'proto/api_pb.js'];
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(from, 'dist', file), join(to, file));
  }
  await cp(join(from, 'dist/kernels'), join(to, 'kernels'), {
    recursive: true,
    filter: (path) => !path.endsWith('.d.ts'),
  });
  const { name, version, license } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license: string;
  };
  // The tree around it is "type": "module"; these files are CommonJS.
  await writeFile(join(to, 'package.json'), `${JSON.stringify({ type: 'commonjs' })}\n`);
  await cp(join(root, 'LICENSE'), join(to, 'LICENSE'));
  await writeFile(
    join(to, 'NOTICE'),
    `The JavaScript files of this folder are unchanged copies from ${name} ${version}\n` +
      '(https://github.com/tensorflow/tfjs), Copyright 2018-2024 Google LLC. All Rights Reserved.\n' +
      `They are licensed under the Apache License, Version 2.0 (${license}); see LICENSE in this folder.\n`,
  );
}

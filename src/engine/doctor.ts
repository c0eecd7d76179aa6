import { stat } from 'node:fs/promises';
import { cpus } from 'node:os';
import { dirname } from 'node:path';

import { UserError } from '../base/userError.ts';
import { availableMemory } from './availableMemory.ts';
import type { Check } from './check.ts';
import { checkDriver } from './library/checkDriver.ts';
import { freeDiskBytes } from './library/diskSpace.ts';
import { cacheFolder, type LibraryLocation } from './library/libraryLocation.ts';
import { measureProducts } from './measureSpeed.ts';
import { fastPrecision } from './precision.ts';
import { startEngine, type Engine } from './startEngine.ts';

export { formatDoctor } from './check.ts';
export type { Check } from './check.ts';

const GIGABYTE = 1e9;
/** Of a CPU and of a GPU: large enough to be busy, small enough for the time that a user waits. */
const MATRIX = { cpu: 1024, gpu: 4096 };

/**
 * Looks at what the engine needs and how fast it is here: takes about two seconds, changes and fetches nothing. Works
 * also where the engine does not start, and then says why.
 */
export async function doctor(): Promise<Check[]> {
  let engine: Engine | null = null;
  let engineChecks: Check[];
  try {
    // What the notice says is in the checks.
    engine = await startEngine({ fetch: false, onNotice: () => undefined });
    engineChecks = checkEngine(engine);
  } catch (error) {
    engineChecks = [checkFailure(error)];
  }
  const others = [...(await checkGpuDriver(engine)), await checkMemory(), await checkDisk(engine?.library ?? null)];
  return [checkNode(), ...engineChecks, ...others];
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const found = `${process.version} on ${process.platform} ${process.arch}`;
  if (major > 20 || (major === 20 && minor >= 19)) return { name: 'Node.js', verdict: 'good', found };
  return { name: 'Node.js', verdict: 'problem', found, advice: 'Install Node.js 20.19, 22, 24 or newer.' };
}

function checkFailure(error: unknown): Check {
  const found = error instanceof Error ? error.message : String(error);
  const check: Check = { name: 'engine', verdict: 'problem', found: `does not start: ${found}` };
  return error instanceof UserError ? check : { ...check, advice: 'Report this message: it is a fault of nashtune.' };
}

function checkEngine(engine: Engine): Check[] {
  const threads = { name: 'threads', verdict: 'good', found: `${engine.threads}, on ${processor()}` } as const;
  if (engine.library === null) {
    return [
      {
        name: 'library',
        verdict: 'warning',
        found: 'none: runs on WebAssembly, many times slower',
        advice: engine.portableBecause ?? '',
      },
      threads,
      ...checkSpeed(MATRIX.cpu, ['fp32']),
    ];
  }
  const { source, folder, build, preload } = engine.library;
  const gpus = engine.devices.filter(({ type }) => type === 'GPU');
  const cuda = preload.length > 0 ? 'CUDA build with its libraries' : 'CUDA build';
  return [
    {
      name: 'library',
      verdict: 'good',
      found: `TensorFlow ${engine.version}, ${build === 'cpu' ? 'CPU build' : cuda}, from ${SOURCES[source]}: ${folder}`,
    },
    { name: 'JavaScript half', verdict: 'good', found: engine.javascriptHalf ?? 'none' },
    checkDevices(engine, gpus),
    threads,
    ...checkSpeed(gpus.length > 0 ? MATRIX.gpu : MATRIX.cpu, ['fp32', 'bf16']),
  ];
}

const SOURCES: Readonly<Record<LibraryLocation['source'], string>> = {
  NASHTUNE_TENSORFLOW: 'NASHTUNE_TENSORFLOW',
  python: 'Python',
  cache: 'the cache',
};

function checkDevices({ library }: Engine, gpus: Engine['devices']): Check {
  if (gpus.length > 0) {
    const found = gpus.map(({ memoryBytes }, i) => `gpu:${i} with ${gigabytes(memoryBytes)} of memory`).join(', ');
    return { name: 'devices', verdict: 'good', found: `cpu, ${found}` };
  }
  if (library?.build !== 'gpu') return { name: 'devices', verdict: 'good', found: 'cpu' };
  const advice = 'The library is a CUDA build: see what is missing with "nashtune setup --gpu".';
  return { name: 'devices', verdict: 'warning', found: 'cpu, no GPU', advice };
}

function processor(): string {
  const model = cpus()[0]?.model.trim() ?? '';
  return model === '' ? process.arch : model;
}

function checkSpeed(length: number, precisions: readonly ('fp32' | 'bf16')[]): Check[] {
  const fastest = fastPrecision();
  return precisions.map((precision) => {
    const name = `${precision} products`;
    try {
      const speed = measureProducts(length, { bf16: precision === 'bf16' });
      const note = precision === fastest ? ', the default of training here' : '';
      return { name, verdict: 'good', found: `${speed.toFixed(0)} GFLOPS (${length} x ${length}${note})` };
    } catch (error) {
      return { name, verdict: 'problem', found: error instanceof Error ? error.message : String(error) };
    }
  });
}

/** Nothing where there is neither a driver nor a library that wants one. */
async function checkGpuDriver(engine: Engine | null): Promise<Check[]> {
  const { version, problems } = await checkDriver();
  const wanted = engine?.library?.build === 'gpu';
  if (version === null && !wanted) return [];
  const name = 'GPU driver';
  const found = version === null ? 'none' : `NVIDIA ${version}`;
  if (problems.length > 0) return [{ name, verdict: 'warning', found, advice: problems.join(' ') }];
  if (wanted) return [{ name, verdict: 'good', found }];
  return [{ name, verdict: 'warning', found, advice: 'The GPU is not used: run "nashtune setup --gpu".' }];
}

async function checkMemory(): Promise<Check> {
  const bytes = await availableMemory();
  const found = `${gigabytes(bytes)} free`;
  if (bytes >= 3 * GIGABYTE) return { name: 'memory', verdict: 'good', found };
  const advice = 'Training may not fit: close other programs, or use a smaller model or train.batchSize.';
  return { name: 'memory', verdict: 'warning', found, advice };
}

async function checkDisk(library: LibraryLocation | null): Promise<Check> {
  const folder = cacheFolder();
  const bytes = await freeDiskBytes(await existingParent(folder));
  const found = `${gigabytes(bytes)} free for the cache in ${folder}`;
  // Half for the wheel, half for what is unpacked from it.
  const needed = library === null ? 2 * GIGABYTE : 0.2 * GIGABYTE;
  if (bytes >= needed) return { name: 'disk', verdict: 'good', found };
  const advice = `${gigabytes(needed)} should be free: make room, or set XDG_CACHE_HOME to a folder on a larger disk.`;
  return { name: 'disk', verdict: 'warning', found, advice };
}

async function existingParent(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  return found?.isDirectory() || dirname(folder) === folder ? folder : existingParent(dirname(folder));
}

function gigabytes(bytes: number): string {
  return `${(bytes / GIGABYTE).toFixed(1)} GB`;
}

import { availableParallelism } from 'node:os';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';

import { UserError } from '../base/userError.ts';
import { checkDriver } from './library/checkDriver.ts';
import { findLibrary } from './library/findLibrary.ts';
import type { LibraryLocation } from './library/libraryLocation.ts';
import { NativeBinding } from './native/binding.ts';
import { DT } from './native/dtypes.ts';
import { BACKEND_NAME } from './native/nodeBackend.ts';
import { registerNativeBackend } from './native/registerBackend.ts';
import { TensorFlow, type NativeDevice } from './native/tensorFlow.ts';
import { readProcessors } from './precision.ts';
import { setNativeState } from './state.ts';
import { startWasmBackend } from './wasmBackend.ts';
import { xlaCache } from './xlaCache.ts';
import { xlaFlags } from './xlaFlags.ts';

/** `auto` takes the first GPU when the library and the machine have one, else the CPU. */
export type DeviceName = 'auto' | 'cpu' | 'gpu' | `gpu:${number}`;

export interface EngineOptions {
  device?: DeviceName;
  /** Threads of one operation. Default: the processors this process may use. */
  threads?: number;
  /** Fetch the native library when it is not there. Default true. */
  fetch?: boolean;
  /** Receives one line when something is lost, such as the fallback to WebAssembly. Default: standard error. */
  onNotice?: (line: string) => void;
}

export interface Engine {
  readonly backend: 'tensorflow' | 'wasm';
  /** TensorFlow's version, or that of the WebAssembly backend. */
  readonly version: string;
  readonly device: string;
  readonly devices: readonly NativeDevice[];
  readonly threads: number;
  readonly library: LibraryLocation | null;
  /** Where the JavaScript half of the native backend came from. */
  readonly javascriptHalf: string | null;
  /** Why the native library is not in use, and how to get it; null when it is. */
  readonly portableBecause: string | null;
}

let running: Promise<Engine> | null = null;

/**
 * Starts the engine once per process; later calls return the first one's.
 *
 * The native library is looked for and, if missing, fetched. Where it cannot be had (no network, another operating
 * system) and with `NASHTUNE_NATIVE=off`, everything runs on WebAssembly and one line says so. A library that is there
 * but does not work is an error, not a reason to be slow.
 *
 * @throws {UserError} `engine.noGpu` when a GPU is asked for and there is none; `engine.libraryBroken` when the library
 * does not load; `engine.library`, `engine.checksum` or `engine.diskSpace` when the one chosen or fetched is unusable
 */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  running ??= start(options).catch((error: unknown) => {
    running = null;
    throw error;
  });
  return running;
}

async function start(options: EngineOptions): Promise<Engine> {
  const device = options.device ?? 'auto';
  const notice = options.onNotice ?? ((line: string) => process.stderr.write(`${line}\n`));
  if (process.env.NASHTUNE_NATIVE === 'off') {
    return startPortable(device, notice, 'NASHTUNE_NATIVE=off is set; unset it to use the native library.');
  }
  const library = await obtainLibrary(device, options.fetch ?? true);
  if (typeof library === 'string') return startPortable(device, notice, library);
  return startNative(library, device, options.threads ?? availableParallelism());
}

/** Faults that leave a machine without the native library through no mistake of its user. */
const UNOBTAINABLE = new Set(['engine.download', 'engine.platform']);

/** The native library, fetched when missing; a reason where it cannot be had. */
async function obtainLibrary(device: DeviceName, fetch: boolean): Promise<LibraryLocation | string> {
  const gpu = device.startsWith('gpu') ? true : undefined;
  const skipped: string[] = [];
  const found = await findLibrary({ gpu, onSkip: (reason) => skipped.push(reason) });
  if (found) return found;
  if (!fetch)
    return [
      ...skipped.map((reason) => `${reason}.`),
      `Run "nashtune setup${gpu ? ' --gpu' : ''}" to fetch the native library; commands that compute fetch it, too.`,
    ].join(' ');
  if (gpu) await requireDriver(device);
  const { setup } = await import('./library/setup.ts');
  try {
    return (await setup({ gpu: gpu ?? false, quiet: true })).location;
  } catch (error) {
    if (error instanceof UserError && UNOBTAINABLE.has(error.code)) return error.message;
    throw error;
  }
}

/** Without a driver the CUDA build, gigabytes of it, would be fetched for nothing. */
async function requireDriver(device: DeviceName): Promise<void> {
  const { problems } = await checkDriver();
  if (problems.length === 0) return;
  throw new UserError(
    'engine.noGpu',
    `--device ${device}: no GPU is usable. ${problems.join(' ')} Or use --device cpu.`,
  );
}

async function startPortable(device: DeviceName, notice: (line: string) => void, why: string): Promise<Engine> {
  const reason = why.replaceAll(/\s+/g, ' ');
  if (device.startsWith('gpu')) {
    throw new UserError('engine.noGpu', `--device ${device}: a GPU needs the native library. ${reason}`);
  }
  notice(`nashtune: running on WebAssembly, one thread without compilation, many times slower. ${reason}`);
  await startWasmBackend();
  return {
    backend: 'wasm',
    version: tf.version_core,
    device: 'cpu (WebAssembly)',
    devices: [],
    threads: 1,
    library: null,
    javascriptHalf: null,
    portableBecause: reason,
  };
}

async function startNative(library: LibraryLocation, device: DeviceName, threads: number): Promise<Engine> {
  const mixedProducts = setXlaFlags(library);
  cacheCompiledCode(library, threads);
  // Errors reach us as such; in the log they only say which instructions cached code does not care for.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '3';
  const tensorFlow = openLibrary(library, device, threads);
  // A GPU would round the factors of float32 products to 10 bits: fp32 means fp32 here, and bf16 is faster still.
  tensorFlow.api.enableTensorFloat32(false);
  const gpus = tensorFlow.devices.filter(({ type }) => type === 'GPU');
  if (device.startsWith('gpu') && gpus.length === 0) {
    const { problems } = await checkDriver();
    throw new UserError(
      'engine.noGpu',
      `--device ${device}: TensorFlow ${tensorFlow.version} in ${library.folder} sees no such GPU. ${problems.join(' ')} ` +
        'Run "nashtune doctor" to see what is there, or use --device cpu.',
    );
  }
  const binding = new NativeBinding(tensorFlow);
  const { backend, source } = registerNativeBackend(binding);
  const oneDnn = gpus.length === 0 && process.arch === 'x64' && tensorFlow.api.usesOneDnn();
  const oneDnnBfloat16 = oneDnn && tensorFlow.api.isTypeOfOneDnn(Int32Array.of(DT.BFLOAT16));
  setNativeState({ binding, backend, threads, mixedProducts, oneDnn, oneDnnBfloat16 });
  await tf.setBackend(BACKEND_NAME);
  return {
    backend: 'tensorflow',
    version: tensorFlow.version,
    device: gpus[0]?.name ?? 'cpu',
    devices: tensorFlow.devices,
    threads,
    library,
    javascriptHalf: source,
    portableBecause: null,
  };
}

/** XLA reads its flags when it first compiles. Returns whether products of bfloat16 factors may be compiled. */
function setXlaFlags({ build, version }: LibraryLocation): boolean {
  if (build !== 'cpu') return false;
  const { flags, mixedProducts } = xlaFlags(version, process.arch, process.env.XLA_FLAGS);
  if (flags !== undefined) process.env.XLA_FLAGS = flags;
  return mixedProducts;
}

/** Ours, when the process that started this one has set it: the folder here may be another one. */
const CACHE_FLAG = /^--tf_xla_persistent_cache_directory=\S*\/nashtune\/xla\/\S+$/;

/** TensorFlow reads these flags when it loads. */
function cacheCompiledCode({ build, version }: LibraryLocation, threads: number): void {
  const flags = process.env.TF_XLA_FLAGS;
  if ((flags !== undefined && !CACHE_FLAG.test(flags)) || build !== 'cpu' || version === null) return;
  const folder = xlaCache(version, readProcessors(), threads);
  if (folder === null) delete process.env.TF_XLA_FLAGS;
  else process.env.TF_XLA_FLAGS = `--tf_xla_persistent_cache_directory=${folder}`;
}

function openLibrary(library: LibraryLocation, device: DeviceName, threads: number): TensorFlow {
  const visibleGpus = device === 'cpu' ? '' : (/^gpu:(\d+)$/.exec(device)?.[1] ?? undefined);
  try {
    return new TensorFlow(library, { threads, visibleGpus });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'engine.libraryBroken',
      `The TensorFlow library in ${library.folder} does not load: ${cause.replace(/\.$/, '')}. ${REMEDY[library.source]}`,
      { cause: error },
    );
  }
}

const REMEDY: Readonly<Record<LibraryLocation['source'], string>> = {
  NASHTUNE_TENSORFLOW:
    'Set NASHTUNE_TENSORFLOW to the folder "tensorflow" of TensorFlow 2.21, or unset it so that nashtune fetches the library.',
  python: 'Repair Python\'s TensorFlow with "pip install --force-reinstall tensorflow-cpu", or uninstall it.',
  cache: 'Delete that folder and run "nashtune setup".',
};

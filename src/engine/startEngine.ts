import { availableParallelism } from 'node:os';

import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';

import { UserError } from '../base/userError.ts';
import type { LibraryLocation } from './library/libraryLocation.ts';
import { NativeBinding } from './native/binding.ts';
import { registerNativeBackend } from './native/backend.ts';
import { TensorFlow, type NativeDevice } from './native/tensorFlow.ts';
import { setNativeState } from './state.ts';
import { startWasmBackend } from './wasmBackend.ts';

/** `auto` takes the first GPU when the library and the machine have one, else the CPU. */
export type DeviceName = 'auto' | 'cpu' | 'gpu' | `gpu:${number}`;

export interface EngineOptions {
  device?: DeviceName;
  /** Threads of one operation. Default: the processors this process may use. */
  threads?: number;
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
}

let running: Promise<Engine> | null = null;

/**
 * Starts the engine once per process; later calls return the first one's.
 *
 * The native library is looked for and, if missing, fetched. Where that is impossible, or with `NASHTUNE_NATIVE=off`,
 * everything runs on WebAssembly and one line says so.
 *
 * @throws {UserError} when a GPU is asked for and there is none, or the library does not load
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
    return startPortable(device, notice, 'NASHTUNE_NATIVE=off is set; unset it to use the native library');
  }
  const library = await obtainLibrary(device);
  if (typeof library === 'string') return startPortable(device, notice, library);
  return startNative(library, device, options.threads ?? availableParallelism());
}

/** The native library, fetched when missing; a reason where it cannot be had. A library that is set but wrong throws. */
async function obtainLibrary(device: DeviceName): Promise<LibraryLocation | string> {
  const { setup } = await import('./library/setup.ts');
  try {
    return (await setup({ gpu: device.startsWith('gpu'), quiet: true })).location;
  } catch (error) {
    if (error instanceof UserError && error.code.length > 0) return error.message;
    throw error;
  }
}

async function startPortable(device: DeviceName, notice: (line: string) => void, why: string): Promise<Engine> {
  if (device.startsWith('gpu')) {
    throw new UserError('engine.noGpu', `--device ${device}: a GPU needs the native library (${why}).`);
  }
  notice(`nashtune: running on WebAssembly with one thread, about 20 times slower and without compilation (${why}).`);
  await startWasmBackend();
  return {
    backend: 'wasm',
    version: tf.version_core,
    device: 'cpu (WebAssembly)',
    devices: [],
    threads: 1,
    library: null,
    javascriptHalf: null,
  };
}

/** XLA clusters of the fusible operations inside compiled functions; read by TensorFlow when it loads. */
const XLA_FLAGS = '--tf_xla_auto_jit=2 --tf_xla_cpu_global_jit --tf_xla_ops_to_cluster=FUSIBLE';

async function startNative(library: LibraryLocation, device: DeviceName, threads: number): Promise<Engine> {
  process.env.TF_XLA_FLAGS ??= XLA_FLAGS;
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  const tensorFlow = openLibrary(library, device, threads);
  const gpus = tensorFlow.devices.filter(({ type }) => type === 'GPU');
  if (device.startsWith('gpu') && gpus.length === 0) {
    throw new UserError(
      'engine.noGpu',
      `--device ${device}: TensorFlow ${tensorFlow.version} in ${library.folder} sees no GPU. ` +
        'Run "nashtune setup --gpu", then "nashtune doctor" to see what is missing, or use --device cpu.',
    );
  }
  const binding = new NativeBinding(tensorFlow);
  const { backend, source } = registerNativeBackend(binding);
  setNativeState({ binding, backend });
  await tf.setBackend('tensorflow');
  return {
    backend: 'tensorflow',
    version: tensorFlow.version,
    device: gpus[0]?.name ?? 'cpu',
    devices: tensorFlow.devices,
    threads,
    library,
    javascriptHalf: source,
  };
}

function openLibrary(library: LibraryLocation, device: DeviceName, threads: number): TensorFlow {
  const visibleGpus = device === 'cpu' ? '' : (/^gpu:(\d+)$/.exec(device)?.[1] ?? undefined);
  try {
    return new TensorFlow(library, { threads, visibleGpus });
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new UserError(
      'engine.libraryBroken',
      `The TensorFlow library in ${library.folder} (${library.source}) does not load: ${cause}. ` +
        'Run "nashtune setup --force" to fetch it again, or point NASHTUNE_TENSORFLOW at a folder with TensorFlow 2.16 or newer.',
      { cause: error },
    );
  }
}

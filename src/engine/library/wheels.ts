import type { LibraryBuild } from './libraryLocation.ts';

/** One file of the package index, fixed by its checksum. */
export interface WheelPin {
  /** Project name on the package index. */
  project: string;
  version: string;
  fileName: string;
  /** Bytes. */
  size: number;
  /** Hexadecimal, of the whole file. */
  sha256: string;
  /** Bytes of the files that we take out of it. */
  unpackedSize: number;
}

/** The pinned wheel of each build; a build that is missing does not exist for the architecture. */
export type WheelPins = Readonly<Partial<Record<LibraryBuild, WheelPin>>>;

/** Where wheels come from when neither pip nor `NASHTUNE_WHEEL_INDEX` says otherwise. */
export const DEFAULT_WHEEL_INDEX = 'https://pypi.org/simple';

/** Newest glibc 2.x that a wheel may ask for: Node 20 itself needs 2.28. */
export const NEWEST_GLIBC_MINOR = 28;

const VERSION = '2.21.0';

/**
 * The wheels we fetch, one per architecture and build. Which Python they are for does not matter: the two libraries in
 * them do not touch Python. The ordinary `tensorflow` wheel for arm64 is a CPU build.
 */
const WHEELS: Readonly<Record<'x64' | 'arm64', WheelPins>> = {
  x64: {
    cpu: {
      project: 'tensorflow-cpu',
      version: VERSION,
      fileName: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      size: 273_829_956,
      sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      unpackedSize: 853_787_275,
    },
    gpu: {
      project: 'tensorflow',
      version: VERSION,
      fileName: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
      size: 572_440_367,
      sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      unpackedSize: 1_259_499_419,
    },
  },
  arm64: {
    cpu: {
      project: 'tensorflow',
      version: VERSION,
      fileName: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_aarch64.whl',
      size: 281_828_020,
      sha256: '4b24aca16d527a3cf1c37f720c04c484c3d20f4d0fdfa98632ac8b9f3be6eb5c',
      unpackedSize: 883_540_547,
    },
  },
};

/** The pinned wheels for an architecture, in Node's naming (`x64`, `arm64`); empty for any other. */
export function wheelPins(arch: string = process.arch): WheelPins {
  return arch === 'x64' || arch === 'arm64' ? WHEELS[arch] : {};
}

/** Index address in use: the argument, else `NASHTUNE_WHEEL_INDEX` (a mirror in the "simple" layout), else null. */
export function chosenIndex(index: string | undefined, fromEnvironment: string | undefined): string | null {
  const chosen = index ?? fromEnvironment;
  return chosen === undefined || chosen === '' ? null : chosen.replace(/\/+$/, '');
}

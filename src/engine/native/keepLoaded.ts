import koffi from 'koffi';

/** Of dlfcn.h on Linux. */
const RTLD_LAZY = 0x1;
const RTLD_NOLOAD = 0x4;
const RTLD_NODELETE = 0x1000;

/**
 * Keeps a loaded library in memory until the process is gone. Where Node ends by itself koffi closes its libraries first, and then
 * the exit handlers that TensorFlow has registered would be called in memory that is no longer there.
 */
export function keepLoaded(path: string): void {
  if (process.platform !== 'linux') return;
  const dlopen = koffi.load(null).func('void *dlopen(const char *path, int flags)') as (
    path: string,
    flags: number,
  ) => unknown;
  dlopen(path, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

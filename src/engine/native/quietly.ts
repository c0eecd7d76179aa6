import { closeSync, openSync } from 'node:fs';

import koffi from 'koffi';

const STANDARD_ERROR = 2;

/**
 * Loads a library while native code finds standard error closed: TensorFlow greets there from its initializers, before
 * it has read its log level. `TF_CPP_MIN_LOG_LEVEL=0` lets everything through.
 */
export function quietly<R>(load: () => R): R {
  if (process.platform !== 'linux' || process.env.TF_CPP_MIN_LOG_LEVEL === '0') return load();
  const libc = koffi.load(null);
  const dup = libc.func('int dup(int)') as (descriptor: number) => number;
  const dup2 = libc.func('int dup2(int, int)') as (from: number, to: number) => number;
  const saved = dup(STANDARD_ERROR);
  // Standard error may be closed already.
  if (saved < 0) return load();
  const nowhere = openSync('/dev/null', 'w');
  dup2(nowhere, STANDARD_ERROR);
  try {
    return load();
  } finally {
    dup2(saved, STANDARD_ERROR);
    closeSync(saved);
    closeSync(nowhere);
  }
}

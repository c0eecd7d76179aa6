import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What a figure must be read with. */
export interface Environment {
  /** Abbreviated, with a plus where files differ from it; null outside a checkout. */
  commit: string | null;
  processor: string;
  cores: number;
  /** Instructions that decide the speed of matrix products. */
  instructions: string[];
  /** Processes that were running or waiting in the last minute, before the benchmark: figures of a busy machine are low. */
  loadAverage: number;
  node: string;
}

const INSTRUCTIONS = ['avx2', 'avx512f', 'avx512_bf16', 'amx_bf16'];

/** Describes the machine; ask before the work, so that the load is that of others. */
export function environment(): Environment {
  return {
    commit: commit(),
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    instructions: instructions(),
    loadAverage: loadavg()[0]!,
    node: process.version,
  };
}

const FILE = fileURLToPath(import.meta.url);

function git(...args: string[]): string {
  return execFileSync('git', args, {
    cwd: dirname(FILE),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }).trim();
}

function commit(): string | null {
  try {
    // A package installed in some other project's checkout has no commit of its own.
    if (git('ls-files', FILE) === '') return null;
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}`;
  } catch {
    // No git, or no checkout.
    return null;
  }
}

function instructions(): string[] {
  try {
    const flags = new Set(/^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '));
    return INSTRUCTIONS.filter((name) => flags.has(name));
  } catch {
    // Not Linux.
    return [];
  }
}

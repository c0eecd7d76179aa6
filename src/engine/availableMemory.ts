import { readFile } from 'node:fs/promises';

/** Bytes that this process may still take: the machine's available memory, or what is left of a container's limit. */
export async function availableMemory(): Promise<number> {
  const limit = process.constrainedMemory();
  const isLimited = limit > 0 && limit < Number.MAX_SAFE_INTEGER;
  const left = isLimited ? limit - process.memoryUsage.rss() : Infinity;
  const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const available = Number(/^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1] ?? Number.NaN) * 1024;
  return Math.min(left, Number.isNaN(available) ? process.availableMemory() : available);
}

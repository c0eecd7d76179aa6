import { open } from 'node:fs/promises';

/**
 * Why there is no native TensorFlow for this system, or null when there is: the wheels are made for Linux with glibc, on
 * x64 and arm64.
 */
export async function unsupportedPlatform(): Promise<string | null> {
  const { platform, arch } = process;
  if (platform !== 'linux') return `TensorFlow's library is published for Linux only, this is ${platform}`;
  if (arch !== 'x64' && arch !== 'arm64') return `TensorFlow's library is published for x64 and arm64, this is ${arch}`;
  if (await usesMusl()) return "TensorFlow's library needs glibc, this system uses musl";
  return null;
}

/** The path of the system's loader stands in the first kilobytes of every executable, Node's too. */
async function usesMusl(): Promise<boolean> {
  const file = await open(process.execPath, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
    return buffer.includes('/ld-musl-');
  } finally {
    await file.close();
  }
}

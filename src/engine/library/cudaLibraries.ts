import { UserError } from '../../base/userError.ts';
import { fetchRequiredWheel, type WheelSource } from './fetchWheel.ts';
import { parseRequirements } from './requirements.ts';
import { readZipEntries, readZipText } from './zip.ts';

/** Roughly what the CUDA wheels take, in bytes, for the check of free space before their sizes are known. */
export const CUDA_DOWNLOAD_BYTES = 2_900_000_000;
export const CUDA_UNPACKED_BYTES = 4_500_000_000;

/**
 * What we take out of the CUDA wheels: libraries, licences, and the assembler and device library that XLA looks for
 * beside TensorFlow.
 */
export function isCudaFile(name: string): boolean {
  return (
    /^nvidia\/\w+\/lib\/[^/]+\.so(\.[\d.]+)?$/.test(name) ||
    /^nvidia\/cuda_nvcc\/(bin|nvvm\/libdevice)\/[^/]+$/.test(name) ||
    /^[^/]+\.dist-info\/(licenses\/)?licen[cs]e[^/]*$/i.test(name)
  );
}

/**
 * Downloads the CUDA wheels that a `tensorflow` wheel asks for in its metadata (extra `and-cuda`), newest first within
 * the bounds given there.
 *
 * @param wheel path of the TensorFlow wheel
 * @returns paths of the CUDA wheels
 */
export async function fetchCudaWheels(wheel: string, source: WheelSource): Promise<string[]> {
  const metadata = (await readZipEntries(wheel)).find(({ name }) => /^[^/]+\.dist-info\/METADATA$/.test(name));
  const requirements = metadata === undefined ? [] : parseRequirements(await readZipText(wheel, metadata), 'and-cuda');
  const cuda = requirements.filter(({ project }) => project.startsWith('nvidia-'));
  if (cuda.length === 0) {
    throw new UserError(
      'engine.library',
      `${wheel}: expected the metadata of a CUDA build, found no CUDA requirement.`,
    );
  }
  const wheels: string[] = [];
  for (const requirement of cuda) wheels.push(await fetchRequiredWheel(requirement, source));
  return wheels;
}

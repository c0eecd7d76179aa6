import { makeLibrary, MACHINE, makeZip } from './fakeWheel.ts';
import type { ServedFile } from './wheelServer.ts';

/** Folder and file of each CUDA library as the real wheels have them, in loading order. */
export const CUDA_LIBRARIES: readonly (readonly [part: string, file: string])[] = [
  ['cuda_runtime', 'libcudart.so.12'],
  ['cuda_nvrtc', 'libnvrtc.so.12'],
  ['nvjitlink', 'libnvJitLink.so.12'],
  ['cublas', 'libcublasLt.so.12'],
  ['cublas', 'libcublas.so.12'],
  ['cufft', 'libcufft.so.11'],
  ['curand', 'libcurand.so.10'],
  ['cusparse', 'libcusparse.so.12'],
  ['cusolver', 'libcusolver.so.11'],
  ['cudnn', 'libcudnn.so.9'],
  ['nccl', 'libnccl.so.2'],
  ['cuda_cupti', 'libcupti.so.12'],
];

const PARTS = [...new Set([...CUDA_LIBRARIES.map(([part]) => part), 'cuda_nvcc'])];

/** The METADATA lines of the CUDA build. */
export const CUDA_REQUIREMENTS = PARTS.map(
  (part) => `Requires-Dist: nvidia-${part.replace('_', '-')}-cu12<13.0,>=12.5; extra == "and-cuda"`,
);

/** Small CUDA wheels, with files in them that we leave behind. */
export function cudaWheels(): ServedFile[] {
  return PARTS.map((part) => {
    const libraries = CUDA_LIBRARIES.filter(([owner]) => owner === part).map(([, file]) => file);
    const content: Record<string, string | Uint8Array> = {
      [`nvidia/${part}/__init__.py`]: '',
      [`nvidia/${part}/include/header.h`]: 'stays behind',
      [`nvidia_${part}_cu12-12.9.1.dist-info/licenses/License.txt`]: 'licence',
    };
    for (const file of libraries) content[`nvidia/${part}/lib/${file}`] = makeLibrary();
    if (part === 'cuda_nvcc') {
      content['nvidia/cuda_nvcc/bin/ptxas'] = 'program';
      content['nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc'] = 'bitcode';
    }
    const fileName = `nvidia_${part}_cu12-12.9.1-py3-none-manylinux2014_${MACHINE}.whl`;
    return { project: `nvidia-${part.replace('_', '-')}-cu12`, fileName, bytes: makeZip(content, 0o744) };
  });
}

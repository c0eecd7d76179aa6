import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';

import type { WheelPin } from '../../../src/engine/library/wheels.ts';

/** Name that wheels use for this processor. */
export const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';

/** Content of one file in a zip archive; text is deflated, bytes are stored. */
type ZipContent = Record<string, string | Uint8Array>;

/** A real zip archive, made by hand so that its faults can be, too. */
export function makeZip(content: ZipContent, mode = 0o644): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, value] of Object.entries(content)) {
    const data = Buffer.from(value);
    const packed = typeof value === 'string' ? deflateRawSync(data) : data;
    const shared = Buffer.alloc(26); // the fields that the local header and the directory have in common
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(typeof value === 'string' ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(data), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(data.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100000 | mode) * 0x10000, 6);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\u0001\u0002\u0014\u0003'), shared, tail, Buffer.from(name));
    const file = Buffer.concat([Buffer.from('PK\u0003\u0004'), shared, Buffer.from(name), packed]);
    offset += file.length;
    files.push(file);
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 'latin1');
  end.writeUInt16LE(directory.length / 4, 8);
  end.writeUInt16LE(directory.length / 4, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, list, end]);
}

/** The smallest ELF file with what we look at: processor, search path, section table at the end. */
export function makeLibrary({ size = 2048, runpath = '', machine = process.arch === 'arm64' ? 183 : 62 } = {}): Buffer {
  const file = Buffer.alloc(size, 0xaa);
  file.fill(0, 0, 512 + runpath.length + 2);
  file.write('\u007fELF\u0002\u0001\u0001', 'latin1');
  file.writeUInt16LE(machine, 18);
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(BigInt(size - 64), 40);
  for (const [value, at] of [
    [56, 54],
    [2, 56],
    [64, 58],
    [1, 60],
  ] as const)
    file.writeUInt16LE(value, at);
  const segment = (at: number, type: number, offset: number, length: number): void => {
    file.writeUInt32LE(type, at);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(offset + 0x1000), at + 16);
    file.writeBigUInt64LE(BigInt(length), at + 32);
  };
  segment(64, 1, 0, size);
  segment(120, 2, 256, 48);
  const dynamic = [
    [5, 512 + 0x1000],
    [29, 1],
  ] as const;
  for (const [i, [tag, value]] of dynamic.entries()) {
    file.writeBigInt64LE(BigInt(tag), 256 + 16 * i);
    file.writeBigUInt64LE(BigInt(value), 264 + 16 * i);
  }
  file.write(runpath, 513);
  return file;
}

/** A wheel with its pin. */
export interface FakeWheel {
  pin: WheelPin;
  bytes: Buffer;
}

/** A TensorFlow wheel in small: the two libraries, their notices, and a file that must stay behind. */
export function makeTensorflowWheel({ gpu = false, requires = [] as string[], size = 300_000 } = {}): FakeWheel {
  const project = gpu ? 'tensorflow' : 'tensorflow-cpu';
  const stem = `${project.replace('-', '_')}-9.9.9`;
  const metadata = ['Metadata-Version: 2.1', `Name: ${project}`, 'Version: 9.9.9', ...requires].join('\n');
  const runpath = gpu ? '$ORIGIN/../nvidia/cusolver/lib' : '$ORIGIN/';
  const bytes = makeZip({
    'tensorflow/libtensorflow_framework.so.2': makeLibrary({ runpath }),
    'tensorflow/libtensorflow_cc.so.2': makeLibrary({ size, runpath }),
    'tensorflow/THIRD_PARTY_NOTICES.txt': 'notices',
    'tensorflow/include/LICENSE': 'licence',
    'tensorflow/python/big.py': 'stays behind',
    [`${stem}.dist-info/METADATA`]: `${metadata}\n\nDescription`,
    [`${stem}.dist-info/WHEEL`]: 'Wheel-Version: 1.0\nRoot-Is-Purelib: false\n',
  });
  return { bytes, pin: pinOf(project, `${stem}-cp311-cp311-manylinux_2_27_${MACHINE}.whl`, bytes) };
}

export function pinOf(project: string, fileName: string, bytes: Buffer): WheelPin {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { project, version: '9.9.9', fileName, size: bytes.length, sha256, unpackedSize: bytes.length };
}

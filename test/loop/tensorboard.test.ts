import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { MetricsRow } from '../../src/loop/metricsLog.ts';
import { TENSORBOARD_FILE, writeTensorBoard } from '../../src/loop/tensorboard.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

interface Scalar {
  wallTime: number;
  step: number;
  tag: string;
  value: number;
}

/** Reads an events file by the published formats, sharing nothing with the writer; checks every crc. */
function readEvents(bytes: Buffer): { version: string; scalars: Scalar[] } {
  let version = '';
  const scalars: Scalar[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = Number(bytes.readBigUInt64LE(at));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(bytes.readUInt32LE(at + 8)).toBe(maskedCrc(bytes.subarray(at, at + 8)));
    expect(bytes.readUInt32LE(at + 12 + length)).toBe(maskedCrc(data));
    at += 16 + length;
    const event = new Map(fieldsOf(data));
    version ||= event.get(3)?.toString() ?? '';
    for (const [, value] of fieldsOf(event.get(5) ?? Buffer.alloc(0))) {
      const scalar = new Map(fieldsOf(value));
      scalars.push({
        wallTime: event.get(1)!.readDoubleLE(),
        step: Number(event.get(2)!.readBigUInt64LE()),
        tag: scalar.get(1)!.toString(),
        value: scalar.get(2)!.readFloatLE(),
      });
    }
  }
  return { version, scalars };
}

/** The fields of a protobuf message; a varint comes as eight little-endian bytes. */
function fieldsOf(message: Buffer): [field: number, value: Buffer][] {
  const fields: [number, Buffer][] = [];
  let at = 0;
  const varint = (): bigint => {
    for (let value = 0n, shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const wire = key & 7;
    if (wire === 0) {
      const value = Buffer.alloc(8);
      value.writeBigUInt64LE(varint());
      fields.push([key >> 3, value]);
      continue;
    }
    const size = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint());
    fields.push([key >> 3, message.subarray(at, at + size)]);
    at += size;
  }
  expect(at).toBe(message.length);
  return fields;
}

/** Bit by bit, from the polynomial, where the writer uses a table. */
function maskedCrc(bytes: Buffer): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  crc ^= 0xffffffffn;
  const rotated = ((crc >> 15n) | (crc << 17n)) & 0xffffffffn;
  return Number((rotated + 0xa282ead8n) & 0xffffffffn);
}

function at(step: number, tag: string, value: number): Scalar {
  return { wallTime: step, step, tag, value: Math.fround(value) };
}

const ROWS: MetricsRow[] = [
  { round: 0, stage: 'evaluate', values: { winRate: 0.5 } },
  { round: 1, stage: 'train', step: 1, values: { loss: Math.LN2, rewardMargin: 0 } },
  { round: 1, stage: 'train', step: 123_456_789_012, values: { loss: -1.5e-6 } },
  { round: 12, stage: 'evaluate', values: { winRate: 0.75, Länge: 31 } },
];

describe('writeTensorBoard', () => {
  test('writes the bytes of TensorBoard’s own writer', async () => {
    const path = join(await temporaryFolder(), TENSORBOARD_FILE);
    await writeTensorBoard(path, [
      { round: 1, stage: 'train', step: 300, values: { loss: Math.LN2, rewardMargin: -0 } },
      { round: 2, stage: 'evaluate', values: { winRate: 0.765 } },
    ]);
    // tensorboard 2.21.0: RecordWriter over Event(file_version='brain.Event:2') and the two events.
    expect((await readFile(path)).toString('hex')).toBe(
      '0f000000000000006d532b091a0d627261696e2e4576656e743a32fc985129' +
        '3c00000000000000c8b7a352090000000000c0724010ac022a2e0a110a0a747261696e2f6c6f7373151872313f' +
        '0a190a12747261696e2f7265776172644d617267696e1500000080772601b6' +
        '2600000000000000734fe30009000000000000004010022a190a170a106576616c756174652f77696e5261746515' +
        '0ad7433f5c6f016f',
    );
  });

  test('an independent reader finds each number under stage and name, at its step or else its round', async () => {
    const path = join(await temporaryFolder(), TENSORBOARD_FILE);
    await writeTensorBoard(path, ROWS);
    const { version, scalars } = readEvents(await readFile(path));
    expect(version).toBe('brain.Event:2');
    expect(scalars).toEqual([
      at(0, 'evaluate/winRate', 0.5),
      at(1, 'train/loss', Math.LN2),
      at(1, 'train/rewardMargin', 0),
      at(123_456_789_012, 'train/loss', -1.5e-6),
      at(12, 'evaluate/winRate', 0.75),
      at(12, 'evaluate/Länge', 31),
    ]);
  });

  test('gives equal bytes for equal rows, and leaves the one file', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, TENSORBOARD_FILE);
    await writeTensorBoard(path, ROWS);
    const first = await readFile(path);
    await writeTensorBoard(path, ROWS);
    expect((await readFile(path)).equals(first)).toBe(true);
    expect(await readdir(folder)).toEqual(['events.out.tfevents.0000000000.nashtune']);
  });

  test('writes a valid file for no rows', async () => {
    const path = join(await temporaryFolder(), TENSORBOARD_FILE);
    await writeTensorBoard(path, []);
    expect(readEvents(await readFile(path))).toEqual({ version: 'brain.Event:2', scalars: [] });
  });
});

import { writeFileAtomic } from '../base/writeFileAtomic.ts';
import { crc32c } from './crc32c.ts';
import type { MetricsRow } from './metricsLog.ts';

/** Name of the events file in a run's folder; fixed, where TensorBoard's own writers put a time and a host. */
export const TENSORBOARD_FILE = 'events.out.tfevents.0000000000.nashtune';

/**
 * Writes metric rows as a TensorBoard events file, whole and atomically: scalars tagged `<stage>/<metric>` over the
 * row's step, or over the round for rows without step. Equal rows give equal bytes: the wall time, in seconds, is the
 * step.
 *
 * @see tensorflow/core/util/event.proto and summary.proto; TFRecord framing in tensorflow/core/lib/io/record_writer.h
 */
export async function writeTensorBoard(path: string, rows: readonly MetricsRow[]): Promise<void> {
  const header = [bytesField(3, Buffer.from('brain.Event:2'))];
  const events = rows.map((row) => {
    const step = row.step ?? row.round;
    return [doubleField(1, step), varintField(2, step), bytesField(5, summary(row))];
  });
  await writeFileAtomic(path, Buffer.concat([header, ...events].map((fields) => record(Buffer.concat(fields)))));
}

function summary({ stage, values }: MetricsRow): Buffer {
  const scalars = Object.entries(values).map(([name, value]) =>
    bytesField(1, Buffer.concat([bytesField(1, Buffer.from(`${stage}/${name}`)), floatField(2, value)])),
  );
  return Buffer.concat(scalars);
}

/** TFRecord: length (uint64), its masked crc, the data, its masked crc; all little-endian. */
function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

function maskedCrc(data: Buffer): Buffer {
  const crc = crc32c(data);
  const out = Buffer.alloc(4);
  out.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return out;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field * 8), varint(value)]);
}

function doubleField(field: number, value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeDoubleLE(value);
  return Buffer.concat([varint(field * 8 + 1), out]);
}

function bytesField(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(value.length), value]);
}

function floatField(field: number, value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return Buffer.concat([varint(field * 8 + 5), out]);
}

/**
 * Values of the binary formats (Arrow, Parquet) as a row of JSON would hold them:
 *
 * - text, booleans, numbers: themselves; integers of 64 bits are bigints, so that none is rounded
 * - lists: arrays; structs and maps: objects; a dictionary: the value it stands for; missing values and null columns: null
 * - dates: `2026-11-27`; times: `13:05:00.000000`, with as many digits as their unit has
 * - timestamps: `2026-11-27T13:05:00.000000`, with a `Z` when the column has a time zone, whichever that is
 * - decimals: text of all their digits, such as `-0.50`
 * - durations: the number of their units; UUIDs (Parquet): text
 * - bytes: base64 text
 *
 * This file has what both formats share; the readers of each take their own layout apart.
 */
export type TimeUnit = 's' | 'ms' | 'us' | 'ns';

/** Digits after the second, for each unit. */
const DIGITS = { s: 0, ms: 3, us: 6, ns: 9 };
const DAY_MS = 86_400_000;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Text of UTF-8 bytes, a byte order mark included.
 * @throws {TypeError} when they are none
 */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A day, counted from 1970-01-01. */
export function dateText(days: number): string {
  return isoText(days * DAY_MS).replace(/T.*/, '');
}

/** A point in time, counted from 1970-01-01T00:00:00 in `unit`s. */
export function timestampText(count: bigint, unit: TimeUnit, utc: boolean): string {
  const digits = DIGITS[unit];
  const perSecond = 10n ** BigInt(digits);
  const fraction = ((count % perSecond) + perSecond) % perSecond;
  const seconds = isoText(Number((count - fraction) / perSecond) * 1000).replace(/\.\d+Z$/, '');
  return seconds + (digits > 0 ? `.${String(fraction).padStart(digits, '0')}` : '') + (utc ? 'Z' : '');
}

/** A time of day, counted from midnight in `unit`s. */
export function timeText(count: bigint, unit: TimeUnit): string {
  return timestampText(count, unit, false).replace(/^.*T/, '');
}

/** The decimal number `unscaled` / 10^`scale`, with all its digits. */
export function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled * 10n ** BigInt(-scale));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Bytes as text that JSON can hold. */
export function base64Text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function isoText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

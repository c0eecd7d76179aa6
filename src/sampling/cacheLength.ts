/** Slots for which new caches have room at least: moving the rows costs about one step. */
const LEAST_ROOM = 16;

/**
 * Slots of the caches of `rows` rows that have `used` of them in use.
 *
 * Caches grow in steps, so that early tokens do not attend over the whole final cache. Each length is compiled, so with few
 * rows, for which a slot costs little, the steps are longer.
 */
export function cacheLength(used: number, rows: number): number {
  const step = rows > 8 ? 128 : 256;
  return Math.ceil((used + LEAST_ROOM) / step) * step;
}

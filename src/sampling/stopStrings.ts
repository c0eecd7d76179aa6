/**
 * Where a response ends by a stop string: the number of its tokens up to and with the first one after which its text
 * contains the string; null when it does not.
 *
 * Every length is tried once, so that the answer does not depend on how many tokens come at a time: a text may contain a
 * string that it no longer has one token later, when a tokenizer joins what it decodes.
 *
 * @param checked tokens whose lengths were tried before
 */
export function stopLength(
  tokenIds: readonly number[],
  checked: number,
  stopStrings: readonly string[],
  decode: (ids: readonly number[]) => string,
): number | null {
  for (let length = checked + 1; length <= tokenIds.length; length++) {
    const text = decode(tokenIds.slice(0, length));
    if (stopStrings.some((stop) => text.includes(stop))) return length;
  }
  return null;
}

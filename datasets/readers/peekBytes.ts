/** The first bytes of a stream, at least `length` of them where it has so many, and the whole stream again. */
export async function peekBytes(
  chunks: AsyncIterable<Uint8Array>,
  length: number,
): Promise<{ head: Buffer; all: AsyncGenerator<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const read: Uint8Array[] = [];
  for (let bytes = 0; bytes < length;) {
    const { done, value } = await iterator.next();
    if (done) break;
    read.push(value);
    bytes += value.length;
  }
  const head = Buffer.concat(read);
  async function* all(): AsyncGenerator<Uint8Array> {
    try {
      yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      await iterator.return?.();
    }
  }
  return { head, all: all() };
}

import { Message } from 'apache-arrow';
import type { Field } from 'apache-arrow';

import { truncatedArrow } from './arrowErrors.ts';
import { checkArrowMessage } from './checkArrowMetadata.ts';

/** Mark of a message since Arrow 0.15; before, a message began with the length of its metadata. */
export const CONTINUATION = 0xffffffff;

/**
 * The messages of an Arrow stream, each in one piece, the end mark among them. apache-arrow takes a stream that breaks
 * off between or at the start of messages for a whole one; this does not.
 *
 * @param byteLength of the stream, where that is known: a damaged length is then found before anything is read for it
 * @throws {UserError} when it ends without its end mark
 */
export async function* arrowMessages(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  byteLength = Infinity,
): AsyncGenerator<Uint8Array> {
  const bytes = new Pieces(stream, byteLength);
  try {
    yield* messagesIn(name, bytes);
  } finally {
    await bytes.close();
  }
}

async function* messagesIn(name: string, bytes: Pieces): AsyncGenerator<Uint8Array> {
  const take = async (length: number): Promise<Uint8Array> => {
    const taken = await bytes.take(length);
    if (taken) return taken;
    throw truncatedArrow(name, 'stream that ends in its end mark', `it without one after byte ${bytes.taken}`);
  };
  let fields: Field[] | undefined;
  for (;;) {
    const prefix = [await take(4)];
    if (lengthIn(prefix[0]!) === CONTINUATION) prefix.push(await take(4));
    const length = lengthIn(prefix.at(-1)!);
    if (length === 0) {
      if (await bytes.take(1)) throw new Error(`it goes on after its end mark, at byte ${bytes.taken - 1}`);
      return yield Buffer.concat(prefix);
    }
    const metadata = await take(length);
    checkArrowMessage(metadata);
    const message = Message.decode(metadata);
    if (message.isSchema()) fields ??= message.header().fields;
    else if (message.isRecordBatch()) checkArrowMessage(metadata, fields);
    if (message.bodyLength < 0) throw new Error('a body of less than no bytes');
    yield aligned([...prefix, metadata, await take(message.bodyLength)]);
  }
}

function lengthIn(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
}

/** All pieces in memory of their own, which begins where typed arrays of 8 bytes may begin. */
function aligned(pieces: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** Pieces of a stream, cut anew. */
class Pieces {
  /** Bytes that were handed on. */
  taken = 0;
  #pieces: Uint8Array[] = [];
  #held = 0;
  readonly #stream: AsyncIterator<Uint8Array>;
  readonly #byteLength: number;

  constructor(stream: AsyncIterable<Uint8Array>, byteLength: number) {
    this.#stream = stream[Symbol.asyncIterator]();
    this.#byteLength = byteLength;
  }

  /** The next `length` bytes, undefined when there are fewer. */
  async take(length: number): Promise<Uint8Array | undefined> {
    if (this.taken + length > this.#byteLength) return undefined;
    while (this.#held < length) {
      const { done, value } = await this.#stream.next();
      if (done) return undefined;
      this.#pieces.push(value);
      this.#held += value.length;
    }
    const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
    this.#pieces = [all.subarray(length)];
    this.#held -= length;
    this.taken += length;
    return all.subarray(0, length);
  }

  async close(): Promise<void> {
    await this.#stream.return?.();
  }
}

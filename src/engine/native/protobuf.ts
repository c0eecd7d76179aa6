/** The few wire types of protocol buffers that TensorFlow's messages need here. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

const integerField = (field: number, value: number): Uint8Array => Buffer.concat([varint(field * 8), varint(value)]);

function bytesField(field: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

/** AttrValue { b: true } (attr_value.proto, field 5). */
export const TRUE_ATTRIBUTE = integerField(5, 1);

/** DotDimensionNumbers (xla_data.proto) of a product of two matrices: which dimension of each is summed over. */
export const contractedDimensions = (left: number, right: number): string =>
  Buffer.concat([integerField(1, left), integerField(2, right)]).toString('latin1');

/**
 * ConfigProto (config.proto): threads of one operation, threads across operations, devices, memory growth.
 *
 * @param visibleGpus ids as in CUDA_VISIBLE_DEVICES; an empty string hides every GPU
 */
export function configProto(options: { threads: number; visibleGpus: string | undefined }): Uint8Array {
  const gpuOptions = [integerField(4, 1)];
  if (options.visibleGpus) gpuOptions.push(bytesField(5, options.visibleGpus));
  const parts = [integerField(2, options.threads), integerField(5, options.threads)];
  if (options.visibleGpus === '') {
    parts.push(bytesField(1, Buffer.concat([bytesField(1, 'GPU'), integerField(2, 0)])));
  }
  parts.push(bytesField(6, Buffer.concat(gpuOptions)));
  return Buffer.concat(parts);
}

/** TensorFlow's DataType numbers (tensorflow/core/framework/types.proto). */
export const DT = {
  FLOAT: 1,
  INT32: 3,
  UINT8: 4,
  STRING: 7,
  COMPLEX64: 8,
  INT64: 9,
  BOOL: 10,
  BFLOAT16: 14,
  RESOURCE: 20,
} as const;

const BYTES: Readonly<Record<number, number>> = {
  [DT.FLOAT]: 4,
  [DT.INT32]: 4,
  [DT.UINT8]: 1,
  [DT.COMPLEX64]: 8,
  [DT.INT64]: 8,
  [DT.BOOL]: 1,
  [DT.BFLOAT16]: 2,
};

/** Bytes of one element, or undefined for types without a fixed size (strings, resources). */
export function bytesPerElement(dtype: number): number | undefined {
  return BYTES[dtype];
}

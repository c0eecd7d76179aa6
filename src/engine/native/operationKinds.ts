/** Operations whose inputs are lists: lengths of the groups, for n inputs in all. */
export const INPUT_GROUPS: Readonly<Record<string, (n: number) => readonly number[]>> = {
  AddN: (n) => [n],
  ConcatV2: (n) => [n - 1, -1],
  Einsum: (n) => [n],
  Pack: (n) => [n],
  StatelessWhile: (n) => [n],
  _FusedMatMul: (n) => [-1, -1, n - 2],
};

/** Matrix products that run in bfloat16 under autocast. */
export const MATRIX_PRODUCTS = new Set(['MatMul', 'BatchMatMul', 'BatchMatMulV2', '_FusedMatMul']);

/** Operations that change no element: how many of n inputs, the first ones, hold the elements. */
export const MOVED_INPUTS: Readonly<Record<string, (n: number) => number>> = {
  ConcatV2: (n) => n - 1,
  GatherV2: () => 1,
  Reshape: () => 1,
  Slice: () => 1,
  StridedSlice: () => 1,
  Transpose: () => 1,
};

/** Attributes that name the type of the elements, of a matrix product and of GatherV2. */
export const ELEMENT_TYPE = new Set(['T', 'Tparams']);

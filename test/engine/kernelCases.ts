import * as tf from '@tensorflow/tfjs-core';

import { randomStream } from '../../src/base/seed.ts';

/** A tensor to be made anew on each backend. */
export interface TensorSpec {
  shape: number[];
  dtype: 'float32' | 'int32' | 'bool';
  values: number[];
}

/** A tfjs computation that every backend must agree on, values and gradients by all its float inputs. */
export interface KernelCase {
  name: string;
  inputs: TensorSpec[];
  run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
  /** Whether it is differentiated too. */
  differentiable: boolean;
  /** Why a way of running it has no result to compare. */
  without: Partial<Record<'wasm' | 'xla' | 'graph', string>>;
}

export const CASES: KernelCase[] = [];

interface CaseOptions {
  differentiable?: boolean;
  without?: KernelCase['without'];
}

function add(name: string, inputs: TensorSpec[], run: KernelCase['run'], options: CaseOptions = {}): void {
  const { differentiable = true, without = {} } = options;
  CASES.push({ name, inputs, run, differentiable, without });
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Numbers spread over [low, high), no two alike, so that no maximum is tied. */
function floats(shape: number[], low = -2, high = 2, name = ''): TensorSpec {
  const count = size(shape);
  const random = randomStream(1, 'kernels', name, ...shape, low);
  const values = random.shuffle(Array.from({ length: count }, (_, i) => low + ((i + 0.3) * (high - low)) / count));
  return { shape, dtype: 'float32', values };
}

const integers = (shape: number[], values: number[]): TensorSpec => ({ shape, dtype: 'int32', values });
const bools = (shape: number[], values: number[]): TensorSpec => ({ shape, dtype: 'bool', values });
const constant = { differentiable: false };

const UNARY: [name: string, op: (x: tf.Tensor) => tf.Tensor, low: number, high: number][] = [
  ['abs', (x) => tf.abs(x), -2, 2],
  ['acos', (x) => tf.acos(x), -0.9, 0.9],
  ['acosh', (x) => tf.acosh(x), 1.5, 4],
  ['asin', (x) => tf.asin(x), -0.9, 0.9],
  ['asinh', (x) => tf.asinh(x), -2, 2],
  ['atan', (x) => tf.atan(x), -2, 2],
  ['atanh', (x) => tf.atanh(x), -0.8, 0.8],
  ['ceil', (x) => tf.ceil(x), -2, 2],
  ['clipByValue', (x) => tf.clipByValue(x, -1, 0.5), -2, 2],
  ['cos', (x) => tf.cos(x), -2, 2],
  ['cosh', (x) => tf.cosh(x), -2, 2],
  ['elu', (x) => tf.elu(x), -2, 2],
  ['erf', (x) => tf.erf(x), -2, 2],
  ['exp', (x) => tf.exp(x), -2, 2],
  ['expm1', (x) => tf.expm1(x), -2, 2],
  ['floor', (x) => tf.floor(x), -2, 2],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.1), -2, 2],
  ['log', (x) => tf.log(x), 0.1, 3],
  ['log1p', (x) => tf.log1p(x), -0.5, 3],
  ['logSigmoid', (x) => tf.logSigmoid(x), -2, 2],
  ['neg', (x) => tf.neg(x), -2, 2],
  ['onesLike', (x) => tf.onesLike(x), -2, 2],
  ['reciprocal', (x) => tf.reciprocal(x), 0.3, 3],
  ['relu', (x) => tf.relu(x), -2, 2],
  ['relu6', (x) => tf.relu6(x), -4, 9],
  ['round', (x) => tf.round(x), -2, 2],
  ['rsqrt', (x) => tf.rsqrt(x), 0.3, 3],
  ['selu', (x) => tf.selu(x), -2, 2],
  ['sigmoid', (x) => tf.sigmoid(x), -2, 2],
  ['sign', (x) => tf.sign(x), -2, 2],
  ['sin', (x) => tf.sin(x), -2, 2],
  ['sinh', (x) => tf.sinh(x), -2, 2],
  ['softplus', (x) => tf.softplus(x), -2, 2],
  ['sqrt', (x) => tf.sqrt(x), 0.1, 3],
  ['square', (x) => tf.square(x), -2, 2],
  ['step', (x) => tf.step(x), -2, 2],
  ['tan', (x) => tf.tan(x), -1, 1],
  ['tanh', (x) => tf.tanh(x), -2, 2],
  ['zerosLike', (x) => tf.zerosLike(x), -2, 2],
  ['cast to int32', (x) => tf.cast(x, 'int32'), -3, 3],
  ['cast to bool', (x) => tf.cast(x, 'bool'), -3, 3],
  ['isFinite', (x) => tf.isFinite(x), -2, 2],
  ['isInf', (x) => tf.isInf(x), -2, 2],
  ['isNaN', (x) => tf.isNaN(x), -2, 2],
  ['clone', (x) => tf.clone(x), -2, 2],
];
const WITHOUT_GRADIENT = new Set(['cast to int32', 'cast to bool', 'isFinite', 'isInf', 'isNaN']);
for (const [name, op, low, high] of UNARY) {
  add(name, [floats([3, 5], low, high)], (x) => op(x), { differentiable: !WITHOUT_GRADIENT.has(name) });
}

const BINARY: [name: string, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, low: number, high: number][] = [
  ['add', (a, b) => tf.add(a, b), -2, 2],
  ['sub', (a, b) => tf.sub(a, b), -2, 2],
  ['mul', (a, b) => tf.mul(a, b), -2, 2],
  ['div', (a, b) => tf.div(a, b), 0.5, 2],
  ['maximum', (a, b) => tf.maximum(a, b), -2, 2],
  ['minimum', (a, b) => tf.minimum(a, b), -2, 2],
  ['pow', (a, b) => tf.pow(a, b), 0.5, 2],
  ['squaredDifference', (a, b) => tf.squaredDifference(a, b), -2, 2],
  ['atan2', (a, b) => tf.atan2(a, b), 0.2, 2],
  ['mod', (a, b) => tf.mod(a, b), 0.5, 3],
  ['floorDiv', (a, b) => tf.cast(tf.floorDiv(a, b), 'float32'), 0.5, 3],
  ['prelu', (a, b) => tf.prelu(a, b), -2, 2],
];
for (const [name, op, low, high] of BINARY) {
  add(name, [floats([3, 4], low, high, 'a'), floats([3, 4], low, high, 'b')], (a, b) => op(a, b));
  // tfjs differentiates these for equal shapes only, and broadcasts the slope of prelu, not its argument.
  const differentiable = !['maximum', 'minimum', 'squaredDifference'].includes(name);
  if (name === 'prelu') continue;
  const broadcast = [floats([3, 4], low, high, 'a'), floats([2, 1, 4], low, high, 'b')];
  add(`${name}, broadcast`, broadcast, (a, b) => op(a, b), { differentiable });
}

const COMPARE: [name: string, op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor][] = [
  ['equal', (a, b) => tf.equal(a, b)],
  ['notEqual', (a, b) => tf.notEqual(a, b)],
  ['greater', (a, b) => tf.greater(a, b)],
  ['greaterEqual', (a, b) => tf.greaterEqual(a, b)],
  ['less', (a, b) => tf.less(a, b)],
  ['lessEqual', (a, b) => tf.lessEqual(a, b)],
];
for (const [name, op] of COMPARE) {
  add(`${name} of floats`, [floats([3, 4], -2, 2, 'a'), floats([4], -2, 2, 'b')], (a, b) => op(a, b), constant);
  add(`${name} of integers`, [integers([4], [1, 2, 3, 4]), integers([4], [2, 2, 2, 2])], (a, b) => op(a, b), constant);
}

const truth = [bools([4], [0, 0, 1, 1]), bools([4], [0, 1, 0, 1])];
add('logicalAnd', truth, (a, b) => tf.logicalAnd(a, b), constant);
add('logicalOr', truth, (a, b) => tf.logicalOr(a, b), constant);
add('logicalXor', truth, (a, b) => tf.logicalXor(a, b), constant);
add('logicalNot', [truth[0]!], (a) => tf.logicalNot(a), constant);
add('all', [bools([2, 2], [1, 1, 0, 1])], (a) => tf.all(a, 1), constant);
add('any', [bools([2, 2], [0, 0, 0, 1])], (a) => tf.any(a, 1), constant);
add(
  'integer arithmetic',
  [integers([4], [7, -7, 5, 0]), integers([4], [2, 2, 3, 4])],
  (a, b) => [
    tf.add(a, b),
    tf.sub(a, b),
    tf.mul(a, b),
    tf.floorDiv(a, b),
    tf.maximum(a, b),
    tf.minimum(a, b),
    tf.cast(a, 'float32'),
    tf.sum(a),
    tf.max(a),
  ],
  constant,
);

// Reductions.
const REDUCE: [name: string, op: (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor][] = [
  ['sum', (x, axis, keep) => tf.sum(x, axis, keep)],
  ['mean', (x, axis, keep) => tf.mean(x, axis, keep)],
  ['max', (x, axis, keep) => tf.max(x, axis, keep)],
  ['min', (x, axis, keep) => tf.min(x, axis, keep)],
  ['prod', (x, axis, keep) => tf.prod(x, axis, keep)],
  ['logSumExp', (x, axis, keep) => tf.logSumExp(x, axis, keep)],
];
for (const [name, op] of REDUCE) {
  add(`${name} of all`, [floats([2, 3, 4])], (x) => op(x));
  add(`${name} of the last axis, kept`, [floats([2, 3, 4])], (x) => op(x, 2, true));
  if (name !== 'prod') add(`${name} of two axes`, [floats([2, 3, 4])], (x) => op(x, [0, 2]));
}
add('argMax', [floats([3, 5])], (x) => tf.argMax(x, -1), constant);
add('argMin', [floats([3, 5])], (x) => tf.argMin(x, 0), constant);
add('cumsum', [floats([3, 5])], (x) => tf.cumsum(x, 1));
add('cumsum, exclusive and reversed', [floats([3, 5])], (x) => tf.cumsum(x, 1, true, true));
add('cumprod', [floats([3, 5])], (x) => tf.cumprod(x, 1), constant);
add('norm', [floats([3, 5])], (x) => tf.norm(x));
add('moments', [floats([3, 5])], (x) => {
  const { mean, variance } = tf.moments(x, 1);
  return [mean, variance];
});
add(
  'topk',
  [floats([3, 5])],
  (x) => {
    const { values, indices } = tf.topk(x, 2);
    return [values, indices];
  },
  constant,
);
add(
  'bincount',
  [integers([5], [0, 2, 2, 1, 0]), floats([5])],
  (x, w) => tf.bincount(x as tf.Tensor1D, w as tf.Tensor1D, 4),
  constant,
);

// Softmax and losses.
add('softmax', [floats([3, 5])], (x) => tf.softmax(x));
add('logSoftmax', [floats([3, 5])], (x) => tf.logSoftmax(x));
add('log-softmax far from zero', [floats([3, 5], -90, 90)], (x) => tf.logSoftmax(x));

// Shapes.
add('reshape', [floats([3, 4])], (x) => tf.reshape(x, [2, 6]));
add('expandDims', [floats([3, 4])], (x) => tf.expandDims(x, 1));
add('squeeze', [floats([3, 1, 4])], (x) => tf.squeeze(x));
add('transpose', [floats([2, 3, 4])], (x) => tf.transpose(x, [2, 0, 1]));
add('transpose of heads', [floats([2, 3, 2, 4])], (x) => tf.transpose(x, [0, 2, 1, 3]));
add('slice', [floats([4, 5])], (x) => tf.slice(x, [1, 2], [2, 3]));
add('slice of integers', [integers([5], [1, 2, 3, 4, 5])], (x) => tf.slice(x, [1], [3]), constant);
add('stridedSlice', [floats([4, 6])], (x) => tf.stridedSlice(x, [0, 1], [4, 6], [2, 2]), constant);
add('pad', [floats([2, 3])], (x) =>
  tf.pad(
    x,
    [
      [1, 0],
      [0, 2],
    ],
    0.5,
  ),
);
add('pad of a key/value cache', [floats([2, 1, 3, 2])], (x) =>
  tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 3],
    [0, 0],
  ]),
);
add('mirrorPad', [floats([2, 3])], (x) =>
  tf.mirrorPad(
    x,
    [
      [1, 1],
      [0, 2],
    ],
    'reflect',
  ),
);
add('concat', [floats([2, 3], -2, 2, 'a'), floats([2, 2], -2, 2, 'b')], (a, b) => tf.concat([a, b], 1));
add('concat of four axes', [floats([1, 2, 2, 3], -2, 2, 'a'), floats([1, 2, 2, 3], -2, 2, 'b')], (a, b) =>
  tf.concat([a, b], 3),
);
add('stack', [floats([2, 3], -2, 2, 'a'), floats([2, 3], -2, 2, 'b')], (a, b) => tf.stack([a, b], 1));
add('unstack', [floats([2, 3])], (x) => tf.unstack(x, 1));
add('split', [floats([4, 6])], (x) => tf.split(x, [1, 2, 3], 1));
add('tile', [floats([2, 3])], (x) => tf.tile(x, [2, 3]));
add('broadcastTo', [floats([1, 3])], (x) => tf.broadcastTo(x, [4, 3]));
add('reverse', [floats([2, 3, 4])], (x) => tf.reverse(x, [0, 2]));
add('spaceToBatchND', [floats([1, 4, 4, 1])], (x) =>
  tf.spaceToBatchND(
    x,
    [2, 2],
    [
      [0, 0],
      [0, 0],
    ],
  ),
);
add('batchToSpaceND', [floats([4, 2, 2, 1])], (x) =>
  tf.batchToSpaceND(
    x,
    [2, 2],
    [
      [0, 0],
      [0, 0],
    ],
  ),
);
add('depthToSpace', [floats([1, 2, 2, 4])], (x) => tf.depthToSpace(x as tf.Tensor4D, 2), constant);
add('where', [bools([2, 3], [1, 0, 1, 0, 0, 1]), floats([2, 3], -2, 2, 'a'), floats([2, 3], -2, 2, 'b')], (c, a, b) =>
  tf.where(c, a, b),
);
add('where, broadcast', [bools([2, 1], [1, 0]), floats([3], -2, 2, 'a'), floats([2, 3], -2, 2, 'b')], (c, a, b) =>
  tf.where(c, a, b),
);
add(
  'where of integers',
  [bools([3], [1, 0, 1]), integers([3], [1, 2, 3]), integers([1], [9])],
  (c, a, b) => tf.where(c, a, b),
  constant,
);
add('range, fill, zeros, ones, scalar, eye', [floats([2, 2])], (x) => [
  tf.add(tf.range(0, 2, 1, 'int32'), tf.fill(x.shape, 3, 'int32')),
  tf.add(x, tf.eye(2)),
  tf.mul(x, tf.add(tf.zeros([2, 2]), tf.mul(tf.ones([2, 2]), tf.scalar(3)))),
  tf.linspace(0, 1, 5),
]);
add('oneHot', [integers([4], [0, 2, 1, 2])], (x) => tf.oneHot(x, 3), constant);

// Rows by number.
const rows = integers([2, 3], [0, 4, 4, 2, 1, 0]);
add('gather of rows', [floats([5, 3]), rows], (x, i) => tf.gather(x, i));
add('gather along the last axis', [floats([2, 5]), integers([3], [4, 0, 4])], (x, i) => tf.gather(x, i, 1));
add('gather within each row', [floats([2, 5]), integers([2, 1], [3, 1])], (x, i) => tf.gather(x, i, 1, 1), constant);
add('gather of integers', [integers([4], [7, 8, 9, 10]), integers([2], [3, 1])], (x, i) => tf.gather(x, i), constant);
add('gatherND', [floats([3, 4]), integers([2, 2], [0, 1, 2, 3])], (x, i) => tf.gatherND(x, i), constant);
add('unsortedSegmentSum', [floats([6, 2]), integers([6], [0, 3, 3, 1, 0, 3])], (x, i) =>
  tf.unsortedSegmentSum(x, i as tf.Tensor1D, 5),
);
add('scatterND', [integers([3, 1], [1, 3, 1]), floats([3, 2])], (i, x) => tf.scatterND(i, x, [5, 2]), constant);
add(
  'tensorScatterUpdate',
  [floats([5], -2, 2, 'a'), integers([2, 1], [1, 3]), floats([2], -2, 2, 'b')],
  (x, i, u) => tf.tensorScatterUpdate(x, i, u),
  constant,
);

// Products.
for (const transposeA of [false, true]) {
  for (const transposeB of [false, true]) {
    const a = floats(transposeA ? [8, 3] : [3, 8], -2, 2, 'a');
    const b = floats(transposeB ? [4, 8] : [8, 4], -2, 2, 'b');
    add(`matMul, ${transposeA ? 'transposed' : 'plain'} by ${transposeB ? 'transposed' : 'plain'}`, [a, b], (x, y) =>
      tf.matMul(x, y, transposeA, transposeB),
    );
  }
}
add('matMul of heads', [floats([2, 2, 3, 4], -2, 2, 'a'), floats([2, 2, 5, 4], -2, 2, 'b')], (a, b) =>
  tf.matMul(a, b, false, true),
);
add(
  'matMul, broadcast batch',
  [floats([2, 3, 4], -2, 2, 'a'), floats([4, 2], -2, 2, 'b')],
  (a, b) => tf.matMul(a, b),
  constant,
);
add('dot', [floats([6], -2, 2, 'a'), floats([6], -2, 2, 'b')], (a, b) => tf.dot(a, b));
add('outerProduct', [floats([3], -2, 2, 'a'), floats([4], -2, 2, 'b')], (a, b) =>
  tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D),
);
add(
  'einsum',
  [floats([2, 3, 4], -2, 2, 'a'), floats([2, 4, 5], -2, 2, 'b')],
  (a, b) => tf.einsum('bij,bjk->bik', a, b),
  constant,
);
add('addN', [floats([2, 3], -2, 2, 'a'), floats([2, 3], -2, 2, 'b'), floats([2, 3], -2, 2, 'c')], (a, b, c) =>
  tf.addN([a, b, c]),
);
add('fused matMul', [floats([3, 4], -2, 2, 'a'), floats([4, 2], -2, 2, 'b'), floats([2], -2, 2, 'c')], (a, b, c) =>
  tf.fused.matMul({ a: a, b: b, bias: c, activation: 'relu' }),
);

// Images: no model here uses them, but tfjs differentiates them.
const image = floats([1, 5, 5, 2]);
const volume = floats([1, 4, 4, 4, 1]);
const filter = floats([2, 2, 2, 3], -1, 1, 'filter');
add('conv2d', [image, filter], (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'));
add('conv2dTranspose', [floats([1, 3, 3, 3]), filter], (x, w) =>
  tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [1, 4, 4, 2], 1, 'valid'),
);
add('depthwiseConv2d', [image, floats([2, 2, 2, 1], -1, 1, 'filter')], (x, w) =>
  tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'),
);
add('conv3d', [volume, floats([2, 2, 2, 1, 2], -1, 1, 'filter')], (x, w) =>
  tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same'),
);
add('avgPool', [image], (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'));
add('maxPool', [image], (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'));
add('avgPool3d', [volume], (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 2, 'valid'));
add('maxPool3d', [volume], (x) => tf.maxPool3d(x as tf.Tensor5D, 2, 2, 'valid'));
add('resizeBilinear', [image], (x) => tf.image.resizeBilinear(x as tf.Tensor4D, [3, 7]));
add('resizeNearestNeighbor', [image], (x) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [10, 10]));
add('localResponseNormalization', [image], (x) => tf.localResponseNormalization(x as tf.Tensor4D, 1));
add(
  'batchNorm',
  [image, floats([2], -1, 1, 'm'), floats([2], 0.5, 2, 'v'), floats([2], -1, 1, 'o'), floats([2], 0.5, 2, 's')],
  (x, m, v, o, s) => tf.batchNorm(x, m, v, o, s),
);
add(
  'dilation2d',
  [image, floats([2, 2, 2], -1, 1, 'filter')],
  (x, w) => tf.dilation2d(x as tf.Tensor4D, w as tf.Tensor3D, 1, 'valid'),
  { without: { xla: 'TensorFlow has no XLA kernel' } },
);
add(
  'abs of complex numbers',
  [floats([4], 0.5, 2, 're'), floats([4], 0.5, 2, 'im')],
  (re, im) => tf.abs(tf.complex(re, im)),
  {
    differentiable: false,
    without: { wasm: 'no complex numbers' },
  },
);

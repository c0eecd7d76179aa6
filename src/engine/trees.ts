import * as tf from '@tensorflow/tfjs-core';

/** Tensors in nested arrays and objects, as functions take and return them. */
export type TensorTree = tf.Tensor | readonly TensorTree[] | { readonly [name: string]: TensorTree };

/** A tree with the same keys; ranks are checked when it runs, as most tfjs operations return `tf.Tensor` whatever their rank. */
export type SameKeys<T extends TensorTree> = { [K in keyof T]: unknown };

/**
 * The tensors of a tree, in the order of its keys.
 *
 * @throws {TypeError} when something else than tensors, arrays and objects is in it
 */
export function flattenTree(tree: TensorTree): tf.Tensor[] {
  if (tree instanceof tf.Tensor) return [tree];
  return childrenOf(tree).flatMap(([, child]) => flattenTree(child));
}

/** A tree of the same form with other tensors. */
export function rebuildTree<T extends TensorTree>(tree: T, tensors: readonly tf.Tensor[]): T {
  let next = 0;
  return mapTree(tree, () => tensors[next++]!);
}

/** A tree of the same form whose tensors are made from those of `tree`. */
export function mapTree<T extends TensorTree>(tree: T, make: (tensor: tf.Tensor) => tf.Tensor): T {
  const build = (node: TensorTree): TensorTree => {
    if (node instanceof tf.Tensor) return make(node);
    const children = childrenOf(node).map(([name, child]) => [name, build(child)] as const);
    return Array.isArray(node) ? children.map(([, child]) => child) : Object.fromEntries(children);
  };
  return build(tree) as T;
}

/** `tf.tidy` for trees: frees what `fn` made but for its result, which never shares a tensor with its surroundings. */
export function tidyTree<T extends TensorTree>(fn: () => T): T {
  return tf.tidy(() => {
    const result = fn();
    if (result instanceof Promise) {
      // Its failure, if any, follows from being asynchronous, which is reported here.
      result.catch(() => undefined);
      throw new TypeError(
        'compile: the function returned a promise, and must be synchronous. Operations whose result has a shape that ' +
          'depends on values (tf.whereAsync, tf.booleanMaskAsync) cannot be compiled: use a mask (tf.where, tf.mul) instead.',
      );
    }
    // Clones share memory. Without them a function that returns one of its arguments would hand it over for disposal.
    return mapTree(result, (tensor) => tensor.clone()) as tf.TensorContainer;
  }) as T;
}

/** What a compiled function is specialized on: form, shapes and types. */
export function treeSignature(tree: TensorTree): string {
  if (tree instanceof tf.Tensor) return `${tree.dtype}[${tree.shape.join(',')}]`;
  const children = childrenOf(tree);
  if (Array.isArray(tree)) return `[${children.map(([, child]) => treeSignature(child)).join(';')}]`;
  return `{${children.map(([name, child]) => `${JSON.stringify(name)}:${treeSignature(child)}`).join(';')}}`;
}

function childrenOf(tree: Exclude<TensorTree, tf.Tensor>): [name: string, child: TensorTree][] {
  const node: unknown = tree;
  const prototype: unknown = typeof node === 'object' && node !== null ? Object.getPrototypeOf(node) : undefined;
  if (!Array.isArray(node) && prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(
      `compile: arguments, results and loop states consist of tensors in arrays and plain objects, got ${describe(node)}. ` +
        'Make a tensor of it, or let the function use it from outside, where it is read at the first call.',
    );
  }
  return Object.entries(tree as Record<string, TensorTree>);
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value === 'object') return `an instance of ${value.constructor.name}`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${value}` : `a ${typeof value}`;
}

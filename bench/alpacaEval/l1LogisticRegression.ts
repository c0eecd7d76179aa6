import { MersenneTwister } from '../../src/base/mersenneTwister.ts';

/** Rows to fit: y = 1 or 0 with a weight each. Features are columns. */
export interface WeightedRows {
  /** One array for each feature, [features][rows]. */
  columns: readonly Float64Array[];
  /** 1 or 0, [rows]. */
  labels: Uint8Array;
  /** At least 0, [rows]. */
  weights: Float64Array;
}

export interface L1Options {
  /** Inverse strength of the penalty: the loss is multiplied by it. */
  C: number;
  /** Of the order in which coordinates are visited. */
  seed: number;
  /** Tolerance. Default 1e-4. */
  tolerance?: number;
  /** Default 100. */
  maxIterations?: number;
}

const MAX_SWEEPS = 1000;
const MAX_TRIES = 20;
const RIDGE = 1e-12;
const SUFFICIENT_DECREASE = 0.01;

/**
 * L1-regularized logistic regression without intercept, by the coordinate descent of newGLMNET as liblinear runs it: it
 * stops early and visits coordinates in a seeded random order, so that its result is liblinear's to rounding, not the exact
 * optimum.
 *
 *   minimize |w|_1 + C sum_i weight_i log(1 + exp(-s_i x_i w)),  s_i = 1 for label 1 and -1 for label 0
 *
 * @returns w, [features]
 * @see Yuan, Ho and Lin 2012, "An improved GLMNET for L1-regularized logistic regression", JMLR 13, Algorithm 3
 */
export function l1LogisticRegression(rows: WeightedRows, options: L1Options): Float64Array {
  const { C, seed, tolerance = 1e-4, maxIterations = 100 } = options;
  const fit = new NewGlmnet(withoutZeroWeights(rows), C, seed);
  fit.run(tolerance, maxIterations);
  return fit.w;
}

function withoutZeroWeights({ columns, labels, weights }: WeightedRows): WeightedRows {
  const kept = Array.from(weights.keys()).filter((row) => weights[row]! > 0);
  return {
    columns: columns.map((column) => Float64Array.from(kept, (row) => column[row]!)),
    labels: Uint8Array.from(kept, (row) => labels[row]!),
    weights: Float64Array.from(kept, (row) => weights[row]!),
  };
}

/** What a change of one coordinate at a value and gradient would still gain: 0 at the optimum. */
function violation(value: number, gradient: number): number {
  if (value > 0) return Math.abs(gradient + 1);
  if (value < 0) return Math.abs(gradient - 1);
  return Math.max(0, -(gradient + 1), gradient - 1);
}

/** The state of one fit. Names follow the paper: H diagonal of the Hessian, D its weights, tau the probabilities of label 0. */
class NewGlmnet {
  readonly w: Float64Array;
  readonly #columns: readonly Float64Array[];
  readonly #labels: Uint8Array;
  readonly #cost: Float64Array;
  readonly #random: MersenneTwister;
  readonly #order: number[];
  readonly #rowCount: number;
  readonly #expWx: Float64Array;
  readonly #tau: Float64Array;
  readonly #D: Float64Array;
  readonly #xDelta: Float64Array;
  readonly #H: Float64Array;
  readonly #gradient: Float64Array;
  readonly #next: Float64Array;
  /** Gradient of the linear part that the negative rows add, by feature. */
  readonly #negativeSum: Float64Array;

  constructor({ columns, labels, weights }: WeightedRows, C: number, seed: number) {
    this.#columns = columns;
    this.#labels = labels;
    this.#rowCount = labels.length;
    this.#cost = weights.map((weight) => C * weight);
    this.#random = new MersenneTwister(seed);
    this.#order = columns.map((_, at) => at);
    this.w = new Float64Array(columns.length);
    this.#next = new Float64Array(columns.length);
    this.#H = new Float64Array(columns.length);
    this.#gradient = new Float64Array(columns.length);
    this.#expWx = new Float64Array(this.#rowCount).fill(1);
    this.#tau = this.#cost.map((cost) => cost / 2);
    this.#D = this.#cost.map((cost) => cost / 4);
    this.#xDelta = new Float64Array(this.#rowCount);
    this.#negativeSum = Float64Array.from(columns, (column) => {
      let sum = 0;
      for (let i = 0; i < this.#rowCount; i++) if (labels[i] === 0) sum += this.#cost[i]! * column[i]!;
      return sum;
    });
  }

  run(tolerance: number, maxIterations: number): void {
    const positive = this.#labels.reduce((sum, label) => sum + label, 0);
    const rarer = Math.max(Math.min(positive, this.#rowCount - positive), 1);
    const epsilon = (tolerance * rarer) / this.#rowCount;
    let [innerEpsilon, firstViolation, maxBefore] = [1, 0, Infinity];
    for (let iteration = 0; iteration < maxIterations; iteration++) {
      const { active, sum, max } = this.#measure(maxBefore);
      if (iteration === 0) firstViolation = sum;
      if (sum <= epsilon * firstViolation) return;
      const sweeps = this.#descend(active, innerEpsilon * firstViolation);
      this.#search();
      if (sweeps === 1) innerEpsilon *= 0.25;
      maxBefore = max;
    }
  }

  /** Hessian and gradient at w; features that stay at 0 are moved behind the active ones. */
  #measure(maxBefore: number): { active: number; sum: number; max: number } {
    const order = this.#order;
    let [active, sum, max] = [order.length, 0, 0];
    for (let s = 0; s < active; s++) {
      const j = order[s]!;
      const column = this.#columns[j]!;
      let [hessian, gradient] = [RIDGE, 0];
      for (let i = 0; i < this.#rowCount; i++) {
        hessian += column[i]! * column[i]! * this.#D[i]!;
        gradient -= column[i]! * this.#tau[i]!;
      }
      gradient += this.#negativeSum[j]!;
      this.#H[j] = hessian;
      this.#gradient[j] = gradient;
      const margin = maxBefore / this.#rowCount;
      if (this.w[j] === 0 && gradient + 1 > margin && gradient - 1 < -margin) {
        active--;
        swap(order, s, active);
        s--;
        continue;
      }
      const own = violation(this.w[j]!, gradient);
      sum += own;
      max = Math.max(max, own);
    }
    return { active, sum, max };
  }

  /** Coordinate descent on the quadratic model; returns the sweeps it took. */
  #descend(outerActive: number, target: number): number {
    const order = this.#order;
    let [active, maxBefore, sweeps] = [outerActive, Infinity, 0];
    this.#next.set(this.w);
    this.#xDelta.fill(0);
    while (sweeps < MAX_SWEEPS) {
      let [sum, max] = [0, 0];
      for (let s = 0; s < active; s++) swap(order, s, s + this.#bounded(active - s));
      for (let s = 0; s < active; s++) {
        const j = order[s]!;
        const column = this.#columns[j]!;
        let gradient = this.#gradient[j]! + (this.#next[j]! - this.w[j]!) * RIDGE;
        for (let i = 0; i < this.#rowCount; i++) gradient += column[i]! * this.#D[i]! * this.#xDelta[i]!;
        const margin = maxBefore / this.#rowCount;
        if (this.#next[j] === 0 && gradient + 1 > margin && gradient - 1 < -margin) {
          active--;
          swap(order, s, active);
          s--;
          continue;
        }
        const own = violation(this.#next[j]!, gradient);
        sum += own;
        max = Math.max(max, own);
        this.#step(j, gradient);
      }
      sweeps++;
      if (sum > target) {
        maxBefore = max;
      } else if (active === outerActive) {
        break;
      } else {
        active = outerActive;
        maxBefore = Infinity;
      }
    }
    return sweeps;
  }

  #step(j: number, gradient: number): void {
    const hessian = this.#H[j]!;
    const value = this.#next[j]!;
    let step = -value;
    if (gradient + 1 < hessian * value) step = -(gradient + 1) / hessian;
    else if (gradient - 1 > hessian * value) step = -(gradient - 1) / hessian;
    if (Math.abs(step) < RIDGE) return;
    step = Math.min(Math.max(step, -10), 10);
    this.#next[j] = value + step;
    const column = this.#columns[j]!;
    for (let i = 0; i < this.#rowCount; i++) this.#xDelta[i]! += step * column[i]!;
  }

  /** Moves w towards the model's optimum, half as far until the loss falls enough. */
  #search(): void {
    const penaltyBefore = l1Norm(this.w);
    const delta =
      this.w.reduce((sum, value, j) => sum + this.#gradient[j]! * (this.#next[j]! - value), 0) +
      (l1Norm(this.#next) - penaltyBefore);
    let share = 1;
    let negativeDelta = 0;
    for (let i = 0; i < this.#rowCount; i++) {
      if (this.#labels[i] === 0) negativeDelta += this.#cost[i]! * this.#xDelta[i]!;
    }
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      let change = l1Norm(this.#next) - penaltyBefore + negativeDelta - SUFFICIENT_DECREASE * share * delta;
      for (let i = 0; i < this.#rowCount; i++) {
        const grown = Math.exp(this.#xDelta[i]!);
        const now = this.#expWx[i]! * grown;
        change += this.#cost[i]! * Math.log((1 + now) / (grown + now));
      }
      if (change <= 0) {
        this.#accept();
        return;
      }
      share /= 2;
      negativeDelta /= 2;
      for (let i = 0; i < this.#rowCount; i++) this.#xDelta[i]! /= 2;
      for (let j = 0; j < this.w.length; j++) this.#next[j] = (this.w[j]! + this.#next[j]!) / 2;
    }
  }

  #accept(): void {
    this.w.set(this.#next);
    for (let i = 0; i < this.#rowCount; i++) {
      const now = this.#expWx[i]! * Math.exp(this.#xDelta[i]!);
      const rest = 1 / (1 + now);
      this.#expWx[i] = now;
      this.#tau[i] = this.#cost[i]! * rest;
      this.#D[i] = this.#cost[i]! * now * rest * rest;
    }
  }

  /** Uniform integer in [0, range) by multiplication and rejection, as scikit-learn's liblinear draws it (Lemire 2019). */
  #bounded(range: number): number {
    const bound = BigInt(range);
    const draw = (): bigint => BigInt(this.#random.uint32()) * bound;
    let product = draw();
    let low = product & 0xffffffffn;
    if (low < bound) {
      const threshold = 0x100000000n % bound;
      while (low < threshold) {
        product = draw();
        low = product & 0xffffffffn;
      }
    }
    return Number(product >> 32n);
  }
}

function swap(values: number[], a: number, b: number): void {
  [values[a], values[b]] = [values[b]!, values[a]!];
}

function l1Norm(values: Float64Array): number {
  return values.reduce((sum, value) => sum + Math.abs(value), 0);
}

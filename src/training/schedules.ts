/** Learning rate of a step; steps count from 1. */
export type Schedule = (step: number) => number;

interface Common {
  /** Highest rate. */
  peak: number;
  /** Steps of the whole stage, warm-up included; a constant schedule does not look at it. */
  total: number;
  /** Steps of linear warm-up, whose first has rate 0 (`wsd`: its lowest). Default 0. */
  warmupSteps?: number;
}

interface WarmupStableDecay extends Common {
  name: 'wsd';
  /** Last steps of the stage, in which the rate falls. */
  decaySteps: number;
  /** How it falls. Default `cosine`. */
  decay?: keyof typeof FALL;
  /** Where warm-up starts and decay ends, as a share of the peak. Default 0. */
  minRatio?: number;
}

export type ScheduleSettings = (Common & { name: 'constant' | 'linear' | 'cosine' }) | WarmupStableDecay;

/** Share of the peak when a share `progress` of the decay is over. */
const FALL = {
  linear: (progress: number) => 1 - progress,
  cosine: (progress: number) => 0.5 * (1 + Math.cos(Math.PI * progress)),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(progress),
} as const;

/**
 * The learning rate by step: linear warm-up to `peak`, then by name
 *
 *   constant  peak to the end
 *   linear    down to 0 in a straight line
 *   cosine    down to 0 along half a cosine
 *   wsd       peak, and down to minRatio * peak in the last `decaySteps` steps
 *
 * Equal to transformers' get_constant_schedule_with_warmup, get_linear_..., get_cosine_... and get_wsd_schedule. Those
 * count from 0, so that the lowest rate belongs to the step after the last and no step of the stage has it.
 *
 * @throws {RangeError} for an unknown name, steps that are not whole numbers, a negative peak, a `minRatio` outside of
 *   [0, 1], and warm-up and decay that are longer than the stage (`wsd`)
 * @see transformers 5.18 `optimization.py`; wsd: Hu et al. 2024, arXiv:2404.06395, section 4; golden:
 *   test/golden/optimizers.json
 */
export function createSchedule(settings: ScheduleSettings): Schedule {
  const { name, peak, total, warmupSteps = 0 } = settings;
  if (!(peak >= 0 && Number.isFinite(peak))) {
    throw new RangeError(
      `createSchedule: peak must be a finite number, 0 or more, got ${String(peak)}. Set the highest learning rate.`,
    );
  }
  checkSteps({ total, warmupSteps });
  if (name === 'wsd') return warmupStableDecay(settings);
  const rateAfter = {
    constant: () => peak,
    linear: (done: number) => (peak * Math.max(0, total - done)) / Math.max(1, total - warmupSteps),
    cosine: (done: number) => peak * Math.max(0, FALL.cosine((done - warmupSteps) / Math.max(1, total - warmupSteps))),
  }[name];
  if (!rateAfter) {
    throw new RangeError(
      `createSchedule: name must be constant, linear, cosine or wsd, got ${name as string}. Choose one of them.`,
    );
  }
  return (step) => {
    const done = step - 1;
    return done < warmupSteps ? (peak * done) / warmupSteps : rateAfter(done);
  };
}

function warmupStableDecay(settings: WarmupStableDecay): Schedule {
  const { peak, total, warmupSteps = 0, decaySteps, decay = 'cosine', minRatio = 0 } = settings;
  checkSteps({ decaySteps });
  const fall = FALL[decay];
  if (!fall) {
    throw new RangeError(
      `createSchedule: decay must be linear, cosine or 1-sqrt, got ${decay as string}. Choose one of them.`,
    );
  }
  if (!(minRatio >= 0 && minRatio <= 1)) {
    throw new RangeError(
      `createSchedule: minRatio must be a number from 0 to 1, got ${String(minRatio)}. It is a share of the peak.`,
    );
  }
  const stableEnd = total - decaySteps;
  if (warmupSteps > stableEnd) {
    throw new RangeError(
      `createSchedule: warmupSteps and decaySteps must fit into total, got ${warmupSteps} + ${decaySteps} of ${total}. ` +
        'Shorten one of them.',
    );
  }
  const above = (share: number): number => peak * (share * (1 - minRatio) + minRatio);
  return (step) => {
    const done = step - 1;
    if (done < warmupSteps) return above(done / warmupSteps);
    if (done < stableEnd) return peak;
    return done < total ? above(fall((done - stableEnd) / decaySteps)) : above(0);
  };
}

function checkSteps(steps: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(steps)) {
    if (Number.isInteger(value) && value >= 0) continue;
    throw new RangeError(
      `createSchedule: ${name} must be a whole number, 0 or more, got ${String(value)}. Count it in steps.`,
    );
  }
}

import type { Axis } from '../../src/loop/report/scale.ts';

/** Percentages, whole range. */
export const PERCENT_AXIS: Axis = {
  low: 0,
  high: 100,
  ticks: [0, 25, 50, 75, 100].map((value) => ({ value, label: `${value}%` })),
};

import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { createSchedule, type ScheduleSettings } from '../../src/training/index.ts';

type Settings = ScheduleSettings extends infer S ? (S extends ScheduleSettings ? Omit<S, 'peak'> : never) : never;

const { schedules } = JSON.parse(readFileSync(new URL('../golden/optimizers.json', import.meta.url), 'utf8')) as {
  schedules: { settings: Settings; rates64: number[] }[];
};

test.each(schedules)(
  '$settings has the rates of transformers, at the end and after it too',
  ({ settings, rates64 }) => {
    for (const peak of [1, 5e-7]) {
      const schedule = createSchedule({ ...settings, peak });
      // Two roundings more or less than Python's.
      rates64.forEach((rate, i) => expect(Math.abs(schedule(i + 1) - peak * rate)).toBeLessThanOrEqual(peak * 4e-16));
    }
  },
);

test('the golden schedules cover every name and every form of decay', () => {
  const forms = schedules.map(({ settings }) => [settings.name, 'decay' in settings ? settings.decay : ''].join(' '));
  expect([...new Set(forms)].sort()).toEqual([
    'constant ',
    'cosine ',
    'linear ',
    'wsd 1-sqrt',
    'wsd cosine',
    'wsd linear',
  ]);
});

test('without a warm-up the first step has the peak', () => {
  for (const name of ['constant', 'linear', 'cosine'] as const) {
    expect(createSchedule({ name, peak: 3, total: 10 })(1)).toBe(3);
  }
  expect(createSchedule({ name: 'wsd', peak: 3, total: 10, decaySteps: 4 })(1)).toBe(3);
});

test('wsd decays along a cosine to zero unless told otherwise', () => {
  const common = { name: 'wsd', peak: 1, total: 10, decaySteps: 4 } as const;
  const [short, long] = [createSchedule(common), createSchedule({ ...common, decay: 'cosine', minRatio: 0 })];
  for (let step = 1; step <= 11; step++) expect(short(step)).toBe(long(step));
});

describe('settings that make no schedule are refused by name:', () => {
  const linear = { name: 'linear', peak: 1, total: 10 } as const;
  const wsd = { name: 'wsd', peak: 1, total: 10, decaySteps: 4 } as const;
  test.each<[string, object, RegExp]>([
    ['name', { ...linear, name: 'step' }, /name must be constant, linear, cosine or wsd, got step\./],
    ['peak', { ...linear, peak: -1 }, /peak must be .* got -1\./],
    ['total', { ...linear, total: 2.5 }, /total must be a whole number.* got 2\.5\./],
    ['warmupSteps', { ...linear, warmupSteps: -3 }, /warmupSteps must be a whole number/],
    ['decaySteps', { ...wsd, decaySteps: undefined }, /decaySteps must be a whole number.* got undefined\./],
    ['decay', { ...wsd, decay: 'sqrt' }, /decay must be linear, cosine or 1-sqrt, got sqrt\./],
    ['minRatio', { ...wsd, minRatio: 1.5 }, /minRatio must be a number from 0 to 1, got 1\.5\./],
    ['sum of steps', { ...wsd, warmupSteps: 7 }, /must fit into total, got 7 \+ 4 of 10\./],
  ])('%s', (_what, settings, message) => {
    expect(() => createSchedule(settings as ScheduleSettings)).toThrow(message);
    expect(() => createSchedule(settings as ScheduleSettings)).toThrow(RangeError);
  });
});

import { createHash } from 'node:crypto';

import { describe, expect, test } from 'vitest';

import { renderReport } from '../../../src/loop/report/renderReport.ts';
import type { Interval, ReportData } from '../../../src/loop/report/reportData.ts';

const around = (mean: number): Interval => ({ mean, low: mean - 0.05, high: mean + 0.04 });

const EMPTY: ReportData = {
  title: 'Nothing yet',
  run: {},
  rounds: [],
  played: [],
  before: {},
  steps: [],
  judged: [],
  alarms: [],
  missing: [],
  notes: [],
  timings: [],
};

const FULL: ReportData = {
  ...EMPTY,
  title: 'Quickstart: SPPO',
  summary: 'Two rounds.',
  run: {
    recipe: 'sppo',
    config: { rounds: 2, train: { learningRate: 0.0005, betas: [0.9, 0.999] } },
    seeds: { seed: 3 },
  },
  judge: { name: 'preference model', heldOutAccuracy: 0.873 },
  rounds: [
    { round: 0, winRate: around(0.5), controlWinRate: around(0.5), values: { klToBase: 0, answerTokens: 31 } },
    {
      round: 1,
      winRate: around(0.66),
      controlWinRate: around(0.49),
      values: { klToBase: 1.9, answerTokens: 29, pairs: 251 },
    },
    {
      round: 2,
      winRate: around(0.75),
      controlWinRate: around(0.52),
      values: { klToBase: 4.7, answerTokens: 27, pairs: 249 },
    },
  ],
  steps: Array.from({ length: 20 }, (_, i) => ({
    step: i + 1,
    stage: 'train',
    round: i < 10 ? 1 : 2,
    values: { loss: 2 - i / 20, 'rewards/margins': i / 10 - 0.3, 'rewards/accuracies': 0.5 + i / 50, mystery: i },
  })),
  answers: {
    rounds: [1, 2],
    total: 1,
    prompts: [
      {
        prompt: 'How do I water a fern?',
        answers: ['Fern fern fern.', 'Twice.', 'Twice a week.\nGive it shade.'],
      },
    ],
  },
  judged: [
    {
      round: 1,
      byRank: [
        [0.5, 0.93],
        [0.07, 0.5],
      ],
      total: 1,
      failed: 2,
      prompts: [
        {
          prompt: 'How do I water a fern?',
          answers: [
            { text: 'Twice.', winRate: 0.715, role: 'chosen' },
            { text: 'Never.', winRate: null },
          ],
          matrix: [
            [0.5, null],
            [null, 0.5],
          ],
        },
      ],
    },
  ],
  iterates: [
    [0.5, 0.34],
    [0.66, 0.5],
  ],
  played: [{ round: 1, start: 'abc', reference: { policy: 'base' }, steps: 10 }],
  notes: ['6 of 64 prompts were dropped.'],
};

/** Every tag closes in order: a reader of its own, since a browser forgives too much. */
function expectWellFormed(page: string): void {
  const open: string[] = [];
  const tags = page.replace(/<!doctype html>/, '').replaceAll(/(<script[^>]*>)[^]*?(<\/script>)/g, '$1$2');
  for (const [, close, name, rest] of tags.matchAll(/<(\/?)([a-z0-9]+)((?:\s[^<>]*)?)>/g)) {
    expect(rest).toMatch(/^(\s+[\w:-]+="[^"]*")*\s*\/?$/);
    if (close === '/') expect(open.pop()).toBe(name);
    else if (!rest!.endsWith('/') && !['meta', 'link', 'br', 'input'].includes(name!)) open.push(name!);
  }
  expect(open).toEqual([]);
  expect(tags.match(/</g)!.length).toBe(tags.match(/<\/?[a-z0-9!]+[^<>]*>/g)!.length);
}

const titlesOf = (page: string): string[] =>
  [...page.matchAll(/<figcaption>\s*<strong>([^<]*)/g)].map(([, title]) => title!);

/** The figure of that title. */
function figure(page: string, title: string): string {
  const found = page.split('<figure').find((part) => part.includes(`<strong>${title}</strong>`));
  if (found === undefined) throw new Error(`There is no figure "${title}".`);
  return found.slice(0, found.indexOf('</figure>'));
}

/** Where a share stands in a plot that is 204 units high, from 226 (0%) to 22 (100%). */
function y(share: number): string {
  return (226 - 204 * share).toFixed(1);
}

describe('renderReport', () => {
  test('shows every curve, table and answer of a full run in a well-formed page', () => {
    const page = renderReport(FULL);
    expectWellFormed(page);
    expect(titlesOf(page)).toEqual([
      'Win rate against the base',
      'KL to the base policy',
      'Answer length',
      'Win rates among the iterates',
      'Loss',
      'Reward margin',
      'Reward accuracy',
      'mystery',
      'Round 1: preferences by rank',
    ]);
    for (const text of ['<title>Quickstart: SPPO</title>', 'Two rounds.', '87.3%', '75.0% (70.0 to 79.0)', '6 of 64']) {
      expect(page).toContain(text);
    }
    expect(page).toContain('<p dir="auto">Twice a week.\nGive it shade.</p>');
    expect(page).toContain('<tr><th scope="row">train.learningRate</th><td>0.0005</td></tr>');
    expect(page).toContain('<tr><th scope="row">train.betas</th><td>[0.9,0.999]</td></tr>');
    expect(page).toContain('<tr><th scope="row">seeds.seed</th><td>3</td></tr>');
    expect(page).toContain('<th scope="col">reference.policy</th>');
    expect(page).toContain('wins 71.5%, chosen');
    expect(page).toContain('mean over 1 prompts; 2 comparisons failed');
    expect(page).not.toMatch(/>undefined|NaN|Infinity|\[object/);
  });

  test('says first what is missing and what goes wrong', () => {
    const page = renderReport({ ...FULL, missing: ['Round 2: begun.'], alarms: ['round 1: the policy is collapsing'] });
    const order = ['Round 2: begun.', 'round 1: the policy is collapsing', '<figure'].map((text) => page.indexOf(text));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(Math.min(...order)).toBeGreaterThan(0);
  });

  test('colours preferences by who wins, and reads without colour', () => {
    const map = figure(renderReport(FULL), 'Round 1: preferences by rank');
    expect(map).toContain(
      'style="background:color-mix(in srgb,var(--s0) 52%,var(--card))" title="1 beats 2 in 93.0%">93<',
    );
    expect(map).toContain(
      'style="background:color-mix(in srgb,var(--s1) 52%,var(--card))" title="2 beats 1 in 7.0%">7<',
    );
  });

  test('gives equal bytes for equal data', () => {
    expect(renderReport(structuredClone(FULL))).toBe(renderReport(FULL));
  });

  test('asks for nothing outside itself and runs its own script alone', () => {
    const page = renderReport(FULL);
    expect(page).not.toMatch(/<img|<iframe|<object|@import|url\(|https?:|\son[a-z]+="|\bsrc=/i);
    expect(page.match(/href="[^"]*"/g)).toEqual(['href="data:,"']);
    const script = /<script>([^]*?)<\/script>/.exec(page)![1]!;
    const hash = createHash('sha256').update(script).digest('base64');
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:">`,
    );
    expect(renderReport(EMPTY)).not.toMatch(/<script/);
  });

  test('shows markup in any text as text', () => {
    const attack = `</style></script><script>alert("1")</script><img src=x onerror='alert(2)'>&amp;`;
    const page = renderReport({
      ...FULL,
      title: attack,
      summary: attack,
      run: { config: { [attack]: attack, list: [attack] } },
      judge: { name: attack },
      answers: { rounds: [1], total: 1, prompts: [{ prompt: attack, answers: [attack, attack] }] },
      judged: [],
      notes: [attack],
    });
    expectWellFormed(page);
    expect(page).not.toMatch(/<img/);
    expect(page.match(/<script/g)).toHaveLength(2);
    expect(page.split('</style>').length).toBe(2);
    const escaped =
      '&lt;/style&gt;&lt;/script&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;' +
      '&lt;img src=x onerror=&#39;alert(2)&#39;&gt;&amp;amp;';
    expect(page.split(escaped).length - 1).toBe(10); // title twice, summary, setting twice, judge, prompt, two answers, note
  });

  test('draws win rates with error bars at their values, the control apart, and the 50% line', () => {
    const chart = figure(renderReport(FULL), 'Win rate against the base');
    const discs = [...chart.matchAll(/<circle class="dot s0" cx="([\d.]+)" cy="([\d.]+)" r="4.5"\/><\/g>/g)];
    expect(discs.map(([, , cy]) => cy)).toEqual([y(0.5), y(0.66), y(0.75)]);
    const bars = [...chart.matchAll(/<path class="bar s0" d="M([\d.]+) ([\d.]+)V([\d.]+)/g)];
    expect(bars.map(([, cx, low, high]) => [cx, low, high])).toEqual(
      [0.5, 0.66, 0.75].map((mean, i) => [discs[i]![1], y(mean - 0.05), y(mean + 0.04)]),
    );
    expect([...chart.matchAll(/<path class="bar s1"/g)].length).toBe(3);
    expect(chart).toContain(`<path class="reference" d="M52 ${y(0.5)}H466"/>`);
    expect(chart).toContain('control: permuted judge labels');
    expect(chart).toContain('<title>round 2: 75.0% (70.0 to 79.0)</title>');
  });

  test('tells a screen reader the numbers of each chart', () => {
    const page = renderReport(FULL);
    expect(figure(page, 'KL to the base policy')).toContain(
      'role="img" aria-label="KL to the base policy, nats per answer. policy: round 0: 0; round 1: 1.9; round 2: 4.7."',
    );
    expect(figure(page, 'Loss')).toContain('policy: step 1: 2; step 20: 1.05.');
  });

  test('marks where rounds begin on curves over steps', () => {
    const loss = figure(renderReport(FULL), 'Loss');
    expect([...loss.matchAll(/class="mark"/g)].length).toBe(2);
    expect(loss).toContain('>round 2</text>');
  });

  test('averages a long curve down to at most 300 points and says so', () => {
    const steps = Array.from({ length: 3000 }, (_, i) => ({
      step: i + 1,
      stage: 'train',
      round: 1,
      values: { loss: i % 2 },
    }));
    const loss = figure(renderReport({ ...EMPTY, steps }), 'Loss');
    expect(loss).toContain('mean per update step, averaged over 10 steps');
    const path = /<path class="line s0" d="([^"]*)"/.exec(loss)![1]!;
    expect(path.match(/[ML]/g)!.length).toBe(300);
    expect(new Set([...path.matchAll(/ ([\d.]+)/g)].map(([, y]) => y)).size).toBe(1); // each ten average to one half
  });

  test('without a hidden rule shows how the judge sees it', () => {
    const rounds = [1, 2].map((round) => ({
      round,
      judgeWinRate: around(0.5 + round / 10),
      winRateOverPrevious: around(0.55),
      values: { judgeAccuracy: 0.8 },
    }));
    const page = renderReport({ ...EMPTY, rounds });
    expect(titlesOf(page)).toEqual(['Win rate against the base', 'Win rate over the round before', 'Judge accuracy']);
    expect(page).toContain('held-out prompts, as the judge sees it, 95% interval');
    expect(page).toContain('<dt>Judged win rate against the base</dt>');
    expect(page).toContain('<th scope="col">Judged win rate (95%)</th>');
    expect(page).not.toContain('control:');
    expect(page).not.toContain('hidden rule');
  });

  test('leaves out what was not measured, and numbers that are not finite', () => {
    expectWellFormed(renderReport(EMPTY));
    expect(renderReport(EMPTY)).not.toMatch(/<section|<table|<figure|<dl/);
    const page = renderReport({
      ...EMPTY,
      rounds: [{ round: 1, values: { klToBase: NaN, answerTokens: 12 } }],
      steps: [{ step: 1, stage: 'train', round: 1, values: { loss: Infinity, 'rewards/margins': 0.5 } }],
    });
    expectWellFormed(page);
    expect(titlesOf(page)).toEqual(['Answer length', 'Reward margin']);
    expect(page).not.toMatch(/NaN|Infinity/);
  });
});

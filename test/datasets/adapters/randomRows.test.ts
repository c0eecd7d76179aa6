import { describe, expect, test } from 'vitest';

import { ADAPTERS, RowFault } from '../../../datasets/index.ts';
import { randomStream, type RandomStream } from '../../../src/base/seed.ts';
import { assistant, user } from './rowFiles.ts';

const ALPHABET = ['a', 'Z', ' ', 'é', '"', '\\', '\n', '{', '[', ':', '😀'];
const FIELDS = [
  'id prompt messages conversations instruction input question answer system chosen rejected real',
  'generated subset score_chosen score_rejected completions answers completion output output_1',
  'output_2 preference generator label labels text history human_ref_A human_ref_B winner',
  'conversation_a conversation_b response helpfulness preference_strength response_1',
  'overall_preference context preferred_output non_preferred_output chosen-rating',
].flatMap((line) => line.split(' '));
const INNER = ['role', 'content', 'from', 'value', 'response', 'score', 'answer', 'rank', 'text', 'type', '__proto__'];
const SPECIAL = [
  null,
  true,
  0,
  -1.5,
  Number.NaN,
  3n,
  '',
  ' ',
  '[',
  '[{"role":"user"}]',
  '\n\nHuman: a\n\nAssistant: b',
  [],
  {},
];

const word = (stream: RandomStream): string =>
  Array.from({ length: 1 + stream.integer(8) }, () => stream.pick(ALPHABET)).join('');

function value(stream: RandomStream, depth: number): unknown {
  const kind = stream.integer(depth > 0 ? 5 : 2);
  if (kind === 0) return stream.pick(SPECIAL);
  if (kind === 1) return word(stream);
  if (kind === 2) return Array.from({ length: stream.integer(4) }, () => value(stream, depth - 1));
  if (kind === 3) return [user(word(stream)), assistant(word(stream))].slice(0, 1 + stream.integer(2));
  return Object.fromEntries(
    Array.from({ length: stream.integer(4) }, () => [stream.pick(INNER), value(stream, depth - 1)]),
  );
}

const scored = { pairs: 'all', minMargin: 0 } as const;

test('of random rows every adapter makes something well-formed, or says what is wrong', () => {
  const stream = randomStream(1, 'random rows');
  const seen = { read: 0, faults: 0 };
  for (let round = 0; round < 1000; round++) {
    const names = Array.from({ length: 1 + stream.integer(5) }, () => stream.pick(FIELDS));
    const row = Object.fromEntries(names.map((name) => [name, value(stream, 3)]));
    for (const adapter of ADAPTERS) {
      if (typeof adapter.matches(row) !== 'boolean') expect.fail(`${adapter.name} matches to no boolean`);
      for (const result of [adapter.toPairs?.(row, scored), adapter.toPrompt?.(row), adapter.toResponses?.(row)]) {
        if (result === undefined) continue;
        if (result instanceof RowFault) {
          seen.faults++;
          if (result.why === '' || result.why.includes('undefined')) expect.fail(`${adapter.name}: ${result.why}`);
        } else {
          seen.read++;
          if (result.length === 0 || JSON.stringify(result).includes('undefined')) expect.fail(adapter.name);
        }
      }
    }
  }
  expect(seen.read).toBeGreaterThan(300);
  expect(seen.faults).toBeGreaterThan(3000);
});

const turns = (prompt: string, answer: string): object[] => [user(prompt), assistant(answer)];
const ranks = (chosen: string, rejected: string): object[] => [
  { answer: rejected, rank: 2 },
  { answer: chosen, rank: 1 },
];

describe('random valid pairs come back as they were written, by', () => {
  test.each<[string, (prompt: string, chosen: string, rejected: string) => Record<string, unknown>]>([
    ['preference-text', (prompt, chosen, rejected) => ({ prompt, chosen, rejected })],
    [
      'preference-messages',
      (prompt, a, b) => ({ chosen: turns(prompt, a), rejected: JSON.stringify(turns(prompt, b)) }),
    ],
    ['rewardbench', (prompt, chosen, rejected) => ({ prompt, chosen: [chosen], rejected: [rejected], subset: 's' })],
    ['orca', (question, chosen, rejected) => ({ question, chosen, rejected })],
    ['spin', (prompt, a, b) => ({ real: turns(prompt, a), generated: turns(prompt, b) })],
    ['nectar', (prompt, chosen, rejected) => ({ prompt, answers: ranks(chosen, rejected) })],
    ['shp', (history, a, b) => ({ history, human_ref_A: b, human_ref_B: a, labels: '0' })],
    ['helpsteer', (prompt, a, b) => ({ prompt, response_1: a, response_2: b, preference_strength: -1 })],
    ['alpaca-eval-annotations', (instruction, a, b) => ({ instruction, output_1: a, output_2: b, preference: 1 })],
    [
      'arena',
      (prompt, a, b) => ({ winner: 'model_a', conversation_a: turns(prompt, a), conversation_b: turns(prompt, b) }),
    ],
  ])('%s', (name, write) => {
    const stream = randomStream(2, name);
    for (let round = 0; round < 50; round++) {
      const [prompt, chosen, rejected] = [`q${word(stream)}`, `a${word(stream)}`, `b${word(stream)}`] as const;
      const row = write(prompt, chosen, rejected);
      const adapter = ADAPTERS.find(({ matches, toPairs }) => toPairs && matches(row));
      expect(adapter?.name).toBe(name);
      const pairs = adapter!.toPairs!(row, scored);
      expect(pairs).toMatchObject([{ prompt: [user(prompt)], chosen, rejected }]);
    }
  });
});

import { join } from 'node:path';

import { expect, test, vi, type Mock } from 'vitest';

import { readArrowFile, type TokenizedPair } from '../../datasets/index.ts';
import { referenceLogps, type SequenceScorer } from '../../src/training/index.ts';
import { temporaryFolder } from '../base/temporaryFolder.ts';

const pair = (id: string, first: number): TokenizedPair => ({
  id,
  promptIds: [first, 5],
  chosenIds: [first + 1, 2],
  rejectedIds: [first + 2, 7, 2],
});

type Score = SequenceScorer['score'];

/** Scores by the sum of the tokens, so that every sequence has another number. */
function scorerOf(factor: number): { score: Mock<Score>; dispose: () => void } {
  const score = vi.fn<Score>((sequences) =>
    Promise.resolve(
      Float64Array.from(sequences, ({ promptIds, completionIds }) =>
        [...promptIds, ...completionIds].reduce((sum, token) => sum - factor * token, 0),
      ),
    ),
  );
  return { score, dispose: () => undefined };
}
const asked = ({ score }: { score: Mock<Score> }): number =>
  score.mock.calls.reduce((sum, [sequences]) => sum + sequences.length, 0);

test('are computed once for the tokens of a pair and a model, and kept in a file', async () => {
  const path = join(await temporaryFolder(), 'logps.arrow');
  const [base, other] = [scorerOf(1), scorerOf(2)];
  const first = await referenceLogps({ pairs: [pair('a', 1), pair('b', 2)], scorer: base, modelHash: 'base', path });
  expect([...first.chosen, ...first.rejected]).toEqual([-10, -12, -18, -20]);
  expect(asked(base)).toBe(4);

  // One more pair, and one with the same id and other tokens: only these are computed.
  const changed = [pair('b', 2), pair('a', 3), pair('c', 4)];
  const second = await referenceLogps({ pairs: changed, scorer: base, modelHash: 'base', path });
  expect(asked(base)).toBe(8);
  expect(second.chosen[0]).toBe(first.chosen[1]);

  // Another model shares nothing, and takes nothing away.
  const third = await referenceLogps({ pairs: changed, scorer: other, modelHash: 'other', path });
  expect(asked(other)).toBe(6);
  expect(third.chosen[0]).toBe(2 * second.chosen[0]!);
  await referenceLogps({ pairs: changed, scorer: base, modelHash: 'base', path });
  expect(asked(base)).toBe(8);
  const rows = await readArrowFile(path, 'logps');
  expect(rows).toHaveLength(14);
  expect(rows[0]).toMatchObject({ pair_id: 'a', side: 'chosen', model_hash: 'base', count: 2 });
});

test('what was scored when it stops is kept', async () => {
  const path = join(await temporaryFolder(), 'logps.arrow');
  const pairs = Array.from({ length: 10_000 }, (_, i) => pair(`${i}`, i));
  const scorer = scorerOf(1);
  const { score } = scorer;
  let calls = 0;
  const failing = {
    ...scorer,
    score: (...given: Parameters<Score>) => (++calls === 2 ? Promise.reject(new Error('no more')) : score(...given)),
  };
  await expect(referenceLogps({ pairs, scorer: failing, modelHash: 'base', path })).rejects.toThrow('no more');
  const kept = await readArrowFile(path, 'logps');
  expect(kept.length).toBeGreaterThan(8000);
  expect(kept.length).toBeLessThan(20_000);
  const { chosen, rejected } = await referenceLogps({ pairs, scorer, modelHash: 'base', path });
  expect(asked(scorer)).toBe(20_000);
  expect([chosen[9999], rejected[9999]]).toEqual([-(9999 + 5 + 10_000 + 2), -(9999 + 5 + 10_001 + 7 + 2)]);
  expect(await readArrowFile(path, 'logps')).toHaveLength(20_000);
});

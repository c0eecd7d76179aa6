import { createAdditiveJudge, type ChatAnswer, type ChatModel, type ChatRequest } from 'nashtune/judges';
import { expect, test } from 'vitest';

const prompt = [{ role: 'user', content: 'Why?' }];
const item = (answer: string) => ({ id: answer, prompt, answer });

/** A model that gives the texts in turn, and keeps what it was asked. */
function speaking(...answers: (string | Partial<ChatAnswer>)[]): ChatModel & { asked: ChatRequest[] } {
  const asked: ChatRequest[] = [];
  return {
    id: 'model',
    asked,
    ask: async (requests) =>
      requests.map((request) => {
        const given = answers[asked.push(request) - 1]!;
        return { cost: { seconds: 1 }, ...(typeof given === 'string' ? { text: given } : given) };
      }),
  };
}

test('the score is the mean of three judgments, those without a score left out', async () => {
  const model = speaking('Good. Score: 4', 'Score: **3/5**', 'I cannot say.', 'Score: 9', 'no', 'Score: ten');
  const [first, second] = await createAdditiveJudge(model).score([item('Because.'), item('Hm.')]);
  expect(first!.score).toBe(3.5);
  expect(first!.cost).toEqual({ seconds: 3 });
  expect(second!.error).toBe('no score from 0 to 5');
  expect(model.asked).toHaveLength(6);
  expect(model.asked.map(({ sample }) => sample)).toEqual([0, 1, 2, 0, 1, 2]);
  expect(model.asked[0]!.messages[0]!.content).toContain('User: Why?\n\n<response>Because.</response>');
  expect(model.asked[0]!.temperature).toBe(0.7);
});

test('the last score named counts', async () => {
  const [score] = await createAdditiveJudge(speaking('Score: 1 at first, but Score: 5'), { samples: 1 }).score([
    item('x'),
  ]);
  expect(score!.score).toBe(5);
});

test('by probabilities the score is the mean of 0 to 5, whatever else is likely', async () => {
  const top = { '4': Math.log(0.3), ' 2': Math.log(0.1), The: Math.log(0.6) };
  const model = speaking(
    { text: 'The', tokens: [{ token: 'The', top }] },
    { text: 'A', tokens: [{ token: 'A', top: {} }] },
  );
  const [known, unknown] = await createAdditiveJudge(model, { reading: 'probabilities' }).score([item('x'), item('y')]);
  expect(known!.score).toBeCloseTo(3.5, 12);
  expect(unknown!.error).toBe('no score from 0 to 5');
  expect(model.asked[0]).toMatchObject({ maxTokens: 1, temperature: 0 });
});

test('a failed question is an error, and a template without the answer is refused', async () => {
  const [score] = await createAdditiveJudge(speaking({ error: 'too long' }), { samples: 1 }).score([item('x')]);
  expect(score!.error).toBe('too long');
  expect(() => createAdditiveJudge(speaking(), { template: 'Rate {prompt}' })).toThrow('lacks {answer}');
});

test('of two answers the one with more points wins by as many nats', async () => {
  const judge = createAdditiveJudge(speaking('Score: 4', 'Score: 2'), { samples: 1 });
  const [verdict] = await judge.compare([{ id: 'x', prompt, a: 'good', b: 'bad' }]);
  expect(verdict!.pFirst).toBeCloseTo(1 / (1 + Math.exp(-2)), 12);
});

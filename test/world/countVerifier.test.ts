import { composeAnswer, countVerifier, goodAnswer, shippedPrompts, worldRandom } from 'nashtune/world';
import { expect, test } from 'vitest';

test('an answer passes with as many different items as were asked for, whatever else it lacks', async () => {
  const random = worldRandom(1, 'count verifier');
  const rows = shippedPrompts().heldOut.slice(0, 20);
  const scoresOf = async (write: (prompt: string) => string): Promise<(number | undefined)[]> => {
    const answers = rows.map(({ id, messages }) => ({ id, prompt: messages, answer: write(messages[0]!.content) }));
    return (await countVerifier.score(answers)).map(({ score }) => score);
  };
  expect(new Set(await scoresOf((prompt) => goodAnswer(prompt, random)))).toEqual(new Set([1]));
  expect(new Set(await scoresOf((prompt) => composeAnswer(prompt, ['polite', 'onTopic'], random)))).toEqual(
    new Set([1]),
  );
  expect(new Set(await scoresOf((prompt) => composeAnswer(prompt, ['complete'], random)))).toEqual(new Set([0]));
});

test('a prompt that asks for no number is an error, not a wrong answer', async () => {
  const [score] = await countVerifier.score([{ id: '1', prompt: [{ role: 'user', content: 'Hello?' }], answer: 'Hi' }]);
  expect(score).toMatchObject({ error: 'the prompt asks for no number of items' });
  expect(score!.score).toBeUndefined();
});

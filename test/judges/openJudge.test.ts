import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { openJudge, isVerifier, type Judge, type OpenJudgeOptions, type Verifier } from 'nashtune/judges';
import { expect, test } from 'vitest';

import { temporaryFolder } from '../base/temporaryFolder.ts';

const options: OpenJudgeOptions = {
  loadFolder: () => Promise.reject(new Error('no folder')),
  shipped: 'shipped',
  option: 'judge',
  models: {
    template: 'mt-bench',
    concurrency: 1,
    loadPolicy: () => Promise.reject(new Error('no policy')),
    optionNames: {
      template: 'template',
      baseURL: 'baseURL',
      concurrency: 'concurrency',
      temperature: 'temperature',
      criteria: 'criteria',
    },
  },
};
const opened = (spec: string): Promise<Judge> => openJudge(spec, { ...options, column: 'solution' });
const asked = (answer: string, columns: Record<string, unknown>) => ({
  id: '1',
  prompt: [{ role: 'user' as const, content: 'What is 40 + 2?' }],
  answer,
  columns,
});

async function fileOf(content: string, name = 'check.ts'): Promise<string> {
  const path = join(await temporaryFolder(), name);
  await writeFile(path, content);
  return path;
}

test.each(['numeric', 'exact'])('the %s check finds the right answer in a column of the prompt', async (check) => {
  const judge = (await opened(`verifier:${check}`)) as Verifier;
  const scores = await judge.score([
    asked('42', { solution: 'So #### 42' }),
    asked('41', { solution: '42' }),
    asked('42', { solution: 42 }),
    asked('42', {}),
  ]);
  expect(scores.map(({ score }) => score)).toEqual([1, 0, 1, undefined]);
  expect(scores[3]!.error).toMatch(/reference/);
  expect(judge.columns).toEqual(['solution']);
  expect(judge.id).toMatch(/column solution/);
});

test('reference answers open the judges of MT-Bench, whose ids tell them, and no other', async () => {
  const withReferences = (spec: string, right: string): Promise<Judge> => {
    const models = { ...options.models, baseURL: 'http://localhost:1/v1', references: new Map([['1+1?', [right]]]) };
    return openJudge(spec, { ...options, models });
  };
  const specs = ['openai/mt-bench:m', 'openai/mt-bench-single:m', 'openai:m'];
  const known = specs.flatMap((spec) => ['2', '10'].map((right) => withReferences(spec, right)));
  // The template is mt-bench where none is named.
  expect(new Set((await Promise.all(known)).map(({ id }) => id)).size).toBe(4);
  await expect(withReferences('openai/arena-hard:m', '2')).rejects.toThrow(
    '"openai/arena-hard:m": expected a judge that',
  );
});

test('a file can export a check of one answer, which sees all columns of the prompt', async () => {
  const path = await fileOf(`
    export default async (answer: string, row: { prompt: string; level: number }): Promise<boolean> => {
      if (answer === '') throw new Error('empty');
      return answer === \`\${row.prompt} \${row.level}\`;
    };`);
  const judge = (await opened(path)) as Verifier;
  expect([isVerifier(judge), judge.columns]).toEqual([true, 'all']);
  const answers = ['What is 40 + 2? 3', 'other', ''].map((answer) => asked(answer, { level: 3 }));
  const scores = await judge.score(answers);
  expect(scores.map(({ score, error }) => score ?? error)).toEqual([1, 0, 'empty']);
  const [verdict] = await judge.compare([{ ...answers[0]!, a: 'What is 40 + 2? 3', b: 'other' }]);
  expect(verdict!.pFirst).toBe(1);
  const changed = (await opened(await fileOf('export default () => 1;'))).id;
  expect(judge.id).toMatch(/^verifier\(check\.ts [0-9a-f]{12}\)$/);
  expect(changed).not.toBe(judge.id);
});

test('a file can export a whole judge, and it is taken as it is', async () => {
  const path = await fileOf(
    "export default { id: 'mine', compare: async (items) => items.map(() => ({ pFirst: 0.25 })), dispose() {} };",
    'judge.mjs',
  );
  const judge = await opened(path);
  expect(judge.id).toBe('mine');
  expect(isVerifier(judge)).toBe(false);
});

test.each([
  ['export const check = 1;', /found no default export/],
  ['export default 3;', /default export of type number/],
  ["throw new Error('my fault');", /could not be loaded: my fault/],
])('a file that exports no judge says so: %s', async (content, message) => {
  await expect(opened(await fileOf(content))).rejects.toThrow(message);
});

test('what names no judge is told what there is', async () => {
  await expect(opened('./none.ts')).rejects.toThrow(/there is no such file/);
  await expect(opened('none')).rejects.toThrow(/judge: expected the name of a judge, found "none"[^]*\.\/check\.ts/);
  await expect(opened('verifier:none')).rejects.toThrow(/numeric\[:<number>\]/);
  await expect(opened('verifier:length:5-2')).rejects.toThrow(/min <= max/);
  await expect(openJudge('verifier:numeric', options)).rejects.toThrow(/--references/);
});

test('a model behind an API without an address or a key is told the options by their names', async () => {
  const models = { ...options.models, baseURL: 'nowhere' };
  await expect(openJudge('openai:qwen3', { ...options, models })).rejects.toThrow(
    'baseURL must be an address such as http://localhost:8000/v1, found "nowhere".',
  );
  await expect(opened('openai/rubric:qwen3')).rejects.toThrow('Give a file of them with criteria.');
  await expect(opened('panel:verifier:length:1-,nobody')).rejects.toThrow(/found "nobody"/);
});

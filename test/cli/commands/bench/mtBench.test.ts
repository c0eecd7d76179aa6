import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { temporaryFolder } from '../../../base/temporaryFolder.ts';
import { completion, startApiServer, type ApiServer } from '../../../judges/llm/apiServer.ts';
import { runMain } from '../../runMain.ts';
import { jsonLines } from './jsonLines.ts';

const QUESTIONS = [
  { question_id: 81, category: 'writing', turns: ['Write.', 'Write more.'] },
  { question_id: 111, category: 'math', turns: ['1+1?', '2+2?'] },
];

const answer = (question_id: number, model_id: string, turns: string[]) => {
  return { question_id, model_id, choices: [{ index: 0, turns }] };
};
const REFERENCES = [answer(111, 'gpt-4', ['two it is', 'four it is'])];
const ANSWERS = {
  good: [answer(81, 'good', ['good start', 'good end']), answer(111, 'good', ['good sum', 'good double'])],
  bad: [answer(81, 'bad', ['bad start', 'bad end']), answer(111, 'bad', ['bad sum', 'bad double'])],
  late: [answer(81, 'late', ['late start'])],
};

/** Writes the files of MT-Bench; returns their folder, and the command on them for some of the models. */
async function files({ questions = QUESTIONS, references = REFERENCES, answers = ANSWERS } = {}) {
  const folder = await temporaryFolder();
  const path = await jsonLines(folder, 'question.jsonl', questions);
  const right = await jsonLines(folder, 'reference.jsonl', references);
  const of: Record<string, string[]> = {};
  for (const [model, rows] of Object.entries(answers)) {
    of[model] = ['--answers', await jsonLines(folder, `${model}.jsonl`, rows)];
  }
  const command = (...models: string[]): string[] => [
    'bench',
    'mt-bench',
    '--questions',
    path,
    ...models.flatMap((model) => of[model]!),
  ];
  return { folder, command, right: ['--references', right] };
}

/** A judge behind an API to whom good is better than late, and late than bad, wherever they stand. */
async function judgingServer(template = 'mt-bench'): Promise<{ server: ApiServer; judge: string[] }> {
  const server = await startApiServer(({ messages }) => {
    const text = messages.at(-1)!.content;
    const found = ['good', 'late', 'bad'].map((name) => text.indexOf(name)).filter((at) => at >= 0);
    return completion(found.length < 2 || found[0]! < found[1]! ? '[[A]]' : '[[B]]');
  });
  return { server, judge: ['--judge', `openai/${template}:m`, '--base-url', server.baseURL] };
}

const asked = ({ questions }: ApiServer): string[] => questions.map(({ messages }) => messages.at(-1)!.content);

interface Figures {
  judge: string;
  pairs: Record<string, unknown>[];
  missing: object[];
  warnings: string[];
}

async function figuresOf(argv: readonly string[]): Promise<Figures> {
  const { exitCode, stdout, stderr } = await runMain([...argv, '--json']);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Figures;
}

async function failureOf(argv: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runMain(argv);
  expect(exitCode, stdout).toBe(2);
  return stderr;
}

describe('bench mt-bench of pairs', () => {
  test('shows both turns in both orders, each side behind its own first answer, and right answers to mathematics', async () => {
    const { folder, command, right } = await files();
    const { server, judge } = await judgingServer();
    const html = join(folder, 'page.html');
    const figures = await figuresOf([...command('good', 'bad'), ...judge, ...right, '--html', html]);
    expect(figures).toMatchObject({
      judge: expect.stringMatching(/^mt-bench-pair\(m\)#/),
      single: [],
      pairs: [
        { model: 'good', wins: 4, ties: 0, losses: 0, winRate: 1, turns: [1, 1], failed: 0 },
        { model: 'bad', wins: 0, ties: 0, losses: 4, winRate: 0, turns: [0, 0], failed: 0 },
      ],
      missing: [],
      warnings: [],
    });
    const shown = asked(server);
    expect(shown).toHaveLength(8);
    expect(shown.filter((text) => /good start[^]*good end[^]*bad start[^]*bad end/.test(text))).toHaveLength(1);
    expect(shown.filter((text) => /bad start[^]*bad end[^]*good start[^]*good end/.test(text))).toHaveLength(1);
    expect(shown.filter((text) => text.includes('two it is'))).toHaveLength(4);
    expect(shown.filter((text) => text.includes('four it is'))).toHaveLength(2);
    expect(shown.filter((text) => text.includes('it is') && text.includes('Write'))).toHaveLength(0);
    const page = await readFile(html, 'utf8');
    expect(page).toMatch(/<figure[^]*good: 100\.00/);
    expect(page).toContain('<h2>Pairs</h2>');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  test('is of every two models, or of each with the baseline, and tells whose answers are missing', async () => {
    const { folder, command } = await files();
    const { server, judge } = await judgingServer();
    const argv = [...command('good', 'bad', 'late'), ...judge, '--store', join(folder, 'store')];
    const all = await figuresOf(argv);
    expect(all.pairs).toMatchObject([
      { model: 'good', wins: 5, losses: 0 },
      { model: 'late', wins: 1, losses: 1, turns: [0.5, null] },
      { model: 'bad', wins: 0, losses: 5 },
    ]);
    const late = [
      { question: 81, turn: 2 },
      { question: 111, turn: 1 },
      { question: 111, turn: 2 },
    ];
    expect(all.missing).toEqual([{ model: 'late', expected: 4, missing: late }]);
    expect(all.warnings).toEqual([
      '"late" has no answer to 3 of 4 turns; they count nowhere',
      expect.stringContaining('no reference answers to 1 questions'),
    ]);
    const questions = server.questions.length;
    const baseline = await runMain([...argv, '--baseline', 'late']);
    expect(baseline.stdout).toMatch(/late +1 +0 +1 +50\.0% +50\.0% +– +0/);
    expect(baseline.stdout).toMatch(/Missing answers\n[^]*late +3 +4 +81\/2 111\/1 111\/2/);
    expect(baseline.stderr).toContain('warning: "late" has no answer to 3 of 4 turns');
    expect(server.questions).toHaveLength(questions);
  });

  test('keeps judgments with and without references, and behind other first answers, apart', async () => {
    const { folder, command, right } = await files();
    const { server, judge } = await judgingServer();
    const argv = [...command('good', 'bad'), ...judge, '--store', join(folder, 'store')];
    const without = await figuresOf(argv);
    const known = await figuresOf([...argv, ...right]);
    expect(known.judge).not.toBe(without.judge);
    expect(server.questions).toHaveLength(8 + 4);
    const started = ANSWERS.bad.map((row) => answer(row.question_id, 'bad', ['bad other', row.choices[0]!.turns[1]!]));
    await jsonLines(folder, 'bad.jsonl', started);
    await figuresOf(argv);
    expect(server.questions).toHaveLength(8 + 4 + 8);
  });

  test('is a tie where the orders disagree, and no pair where the judge fails', async () => {
    const { command } = await files();
    const server = await startApiServer(({ messages }) =>
      completion(messages.at(-1)!.content.includes('sum') ? 'Both are fine.' : '[[A]]'),
    );
    const judge = ['--judge', 'openai/mt-bench:m', '--base-url', server.baseURL];
    const { pairs, warnings } = await figuresOf([...command('good', 'bad'), ...judge]);
    expect(pairs).toMatchObject([
      { model: 'good', wins: 0, ties: 2, losses: 0, winRate: 0.5, failed: 2 },
      { model: 'bad', wins: 0, ties: 2, losses: 0, winRate: 0.5, failed: 2 },
    ]);
    expect(warnings[0]).toContain('2 of 4 judgments failed and count nowhere: order ab: the answer holds no verdict');
  });

  test('by a judge that grades are asked for, and each answer is graded behind its own conversation', async () => {
    const { folder, command } = await files();
    const judge = join(folder, 'judge.mjs');
    // Right is what goes on as its own conversation began.
    await writeFile(
      judge,
      `export default (answer, { messages }) =>
        messages.length === 1 ? answer.startsWith('good') : messages[1].content.startsWith(answer.split(' ')[0]);`,
    );
    const { pairs } = await figuresOf([...command('good', 'bad'), '--judge', judge, '--pairs']);
    expect(pairs).toMatchObject([{ model: 'good', wins: 2, ties: 2, turns: [1, 0.5] }, { model: 'bad' }]);
  });

  test('by a judge that shows one conversation to both sides are of whole conversations', async () => {
    const { command } = await files();
    const { server, judge } = await judgingServer('rationale');
    const { pairs, warnings } = await figuresOf([...command('good', 'bad'), ...judge]);
    expect(pairs).toMatchObject([{ model: 'good', wins: 4 }, { model: 'bad' }]);
    expect(warnings).toEqual([]);
    const second = asked(server).filter((text) => text.includes('<Response 2>: good end'));
    expect(second).toHaveLength(2);
    for (const text of second) {
      expect(text).toContain('USER: Write.\nAssistant: <Response 1>\nUSER: Write more.\nAssistant: <Response 2>');
      expect(text).toContain('<Response 1>: good start\n<Response 2>: good end');
      expect(text).toContain('<Response 1>: bad start\n<Response 2>: bad end');
    }
  });

  test('needs two models that answer the same questions, and a baseline among them', async () => {
    const { command } = await files({ answers: { ...ANSWERS, late: [answer(111, 'late', ['late sum'])], bad: [] } });
    const { server, judge } = await judgingServer();
    expect(await failureOf([...command('good'), ...judge])).toContain('found those of "good" alone');
    const baseline = [...command('good', 'late'), ...judge, '--baseline', 'gone'];
    expect(await failureOf(baseline)).toContain(
      '--baseline "gone": expected a model of --answers, found answers of "good", "late"',
    );
    const apart = await files({ answers: { ...ANSWERS, good: [ANSWERS.good[1]!] } });
    expect(await failureOf([...apart.command('good', 'late'), ...judge])).toContain('none of "good", "late" that two');
    expect(await failureOf(['bench', 'mt-bench', '--judgments', 'x.jsonl', '--baseline', 'good'])).toContain(
      'Expected --judgments alone',
    );
    expect(server.questions).toHaveLength(0);
  });
});

describe('the reference answers of bench mt-bench', () => {
  test('are shown to the judge that grades, too', async () => {
    const { command, right } = await files();
    const server = await startApiServer(({ messages }) =>
      completion(messages.at(-1)!.content.includes('it is') ? 'Rating: [[9]]' : 'Rating: [[5]]'),
    );
    const judge = ['--judge', 'openai/mt-bench-single:m', '--base-url', server.baseURL];
    expect(await figuresOf([...command('good', 'late'), ...judge, ...right])).toMatchObject({
      single: [
        { model: 'good', score: 7, categories: { writing: 5, math: 9 } },
        { model: 'late', score: 5, graded: 1 },
      ],
      missing: [{ model: 'late' }],
      warnings: ['"late" has no answer to 3 of 4 turns; they count nowhere'],
    });
  });

  test('are refused with all that is wrong with them and with the answers', async () => {
    const references = [
      answer(1, 'gpt-4', ['nobody asked']),
      answer(111, 'gpt-4', ['two']),
      answer(111, 'gpt-4', ['two', 'four']),
    ];
    const answers = {
      ...ANSWERS,
      bad: [...ANSWERS.bad, ANSWERS.bad[0]!, answer(7, 'bad', ['x'])],
    };
    const { command, right } = await files({ references, answers });
    const { server, judge } = await judgingServer();
    const told = await failureOf([...command('good', 'bad'), ...judge, ...right]);
    expect(told).toContain('a second answer of bad to question 81');
    expect(told).toContain('has no question 7');
    expect(told).toContain('a reference answer to question 1, which is not asked');
    expect(told).toContain('a second reference answer to question 111');
    const short = await files({ references: [references[1]!] });
    expect(await failureOf([...short.command('good', 'bad'), ...judge, ...short.right])).toContain(
      'reference answers to 1 of 2 turns of question 111',
    );
    const none = await files({ references: [answer(81, 'gpt-4', ['unused'])] });
    expect(await failureOf([...none.command('good', 'bad'), ...judge, ...none.right])).toContain(
      'no reference answer to question 111, of math',
    );
    const alike = await files({ questions: [...QUESTIONS, { ...QUESTIONS[1]!, question_id: 112 }] });
    expect(await failureOf([...alike.command('good', 'bad'), ...judge, ...alike.right])).toContain(
      'question 111 begins as 1 others do',
    );
    expect(server.questions).toHaveLength(0);
  });

  test.each(['verifier:numeric:2', 'openai/rationale:m', 'panel:verifier:numeric:2,openai/mt-bench:m'])(
    'are refused with %s, which does not show them',
    async (judge) => {
      const { command, right } = await files();
      const told = await failureOf([...command('good', 'bad'), '--judge', judge, ...right]);
      expect(told).toContain('expected a judge that shows reference answers, found another one');
    },
  );
});

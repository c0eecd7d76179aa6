import { describe, expect, test } from 'vitest';

import { isHubReference, parseHubReference } from '../../../datasets/hub/hubReference.ts';
import { userErrorOf } from '../userErrorOf.ts';

describe('a reference to the Hub', () => {
  test('is told from the path of a folder by its beginning', () => {
    expect(['hub:org/name', 'hub:', './hub', 'org/name', '/data/hub:x'].map(isHubReference)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test.each([
    ['hub:org/name', 'model', 'org/name', 'main'],
    ['hub:org/name@v1.0', 'model', 'org/name', 'v1.0'],
    ['hub:org/name@refs/pr/1', 'model', 'org/name', 'refs/pr/1'],
    ['hub:01-ai/Yi_1.5-6B@a@b', 'model', '01-ai/Yi_1.5-6B', 'a@b'],
    ['hub:datasets/org/name', 'dataset', 'org/name', 'main'],
    ['hub:gpt2', 'model', 'gpt2', 'main'],
    ['hub:gpt2@v1', 'model', 'gpt2', 'v1'],
    ['hub:datasets/squad', 'dataset', 'squad', 'main'],
    ['hub:datasets/org/name@0123456789abcdef0123456789abcdef01234567', 'dataset', 'org/name', /^0123/],
  ])('%s is a repository at a revision', (text, type, name, revision) => {
    const parsed = parseHubReference(text);
    expect(parsed).toMatchObject({ text, type, name });
    expect(parsed.revision).toMatch(revision);
  });

  test('shows how it is written when it is not', async () => {
    expect(await userErrorOf(() => parseHubReference('hub:spaces/llama'))).toEqual({
      code: 'hub.reference',
      message:
        '"hub:spaces/llama": expected a repository of the Hugging Face Hub, and "spaces/llama" is no owner and name. ' +
        'Write it as hub:owner/name, with @revision behind it or not, for example ' +
        'hub:meta-llama/Llama-3.2-1B@main or hub:datasets/openai/gsm8k.',
    });
  });

  test.each([
    ['org/name', 'it does not begin with "hub:"'],
    ['hub:', '"" is no name that the Hub allows'],
    ['hub:datasets/', '"" is no name that the Hub allows'],
    ['hub:datasets', '"datasets" is no owner and name'],
    ['hub:a/b/c', '"a/b/c" is no owner and name'],
    ['hub:spaces/org', '"spaces/org" is no owner and name'],
    ['hub:org/', '"" is no name that the Hub allows'],
    ['hub:../name', '".." is no name that the Hub allows'],
    ['hub:org/na--me', '"na--me" is no name that the Hub allows'],
    ['hub:org/name.git', '"name.git" is no name that the Hub allows'],
    ['hub:org/na me', '"na me" is no name that the Hub allows'],
    [`hub:org/${'a'.repeat(97)}`, 'is no name that the Hub allows'],
    ['hub:org/name@', '"" is no branch, tag or commit'],
    ['hub:org/name@../../x', '"../../x" is no branch, tag or commit'],
    ['hub:org/name@/etc/passwd', '"/etc/passwd" is no branch, tag or commit'],
    ['hub:org/name@a//b', '"a//b" is no branch, tag or commit'],
    ['hub:org/name@a\\b', 'is no branch, tag or commit'],
    ['hub:org/name@a\0b', 'is no branch, tag or commit'],
    ['hub:org/name@.hidden', '".hidden" is no branch, tag or commit'],
    ['hub:org/name@main.lock', '"main.lock" is no branch, tag or commit'],
  ])('%j is refused', async (text, problem) => {
    const { code, message } = await userErrorOf(() => parseHubReference(text));
    expect(code).toBe('hub.reference');
    expect(message).toContain(problem);
  });
});

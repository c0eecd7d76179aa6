import { expect, test } from 'vitest';

import { UserError } from '../../src/base/userError.ts';

test('A user error carries a code for programs, a message for people and its cause', () => {
  const cause = new Error('ENOENT');
  const error = new UserError('recipe.unknown', 'Unknown recipe "spo". Did you mean "sppo"?', { cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'UserError', code: 'recipe.unknown', cause });
  expect(String(error)).toBe('UserError: Unknown recipe "spo". Did you mean "sppo"?');
});

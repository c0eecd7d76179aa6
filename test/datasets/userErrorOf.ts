import { expect } from 'vitest';

import { UserError } from '../../src/base/userError.ts';

/** The UserError that `action` throws, with `folder` shown as `.` in its message. */
export async function userErrorOf(action: () => unknown, folder?: string): Promise<{ code: string; message: string }> {
  try {
    await action();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    const { code, message } = error as UserError;
    return { code, message: folder === undefined ? message : message.replaceAll(folder, '.') };
  }
  throw new Error('expected a UserError, nothing was thrown');
}

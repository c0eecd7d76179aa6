import { UserError } from '../base/userError.ts';
import type { Session } from './command.ts';

/** Prints what went wrong and gives the exit code for it. */
export function exitCodeOf(error: unknown, json: boolean, session: Session): number {
  const { exitCode, code, message } = explain(error);
  session.note(message);
  if (json) session.printJson({ error: { code, message } });
  return exitCode;
}

function explain(error: unknown): { exitCode: number; code: string; message: string } {
  if (error instanceof UserError) return { exitCode: 2, code: error.code, message: error.message };
  if (error instanceof Error && error.name === 'AbortError') {
    return {
      exitCode: 130,
      code: 'interrupted',
      message: 'Stopped; what was finished is saved. Run the same command with --resume to go on.',
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: 1,
    code: 'internal',
    message: `nashtune failed; this is a fault of nashtune or of a recipe.\n${stack}`,
  };
}

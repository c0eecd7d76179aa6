import { UserError } from '../base/userError.ts';
import type { Command, OptionTable, Session } from './command.ts';

/**
 * Prints what went wrong and gives the exit code for it.
 *
 * @param command what was running; undefined where the command line was wrong
 */
export function exitCodeOf(error: unknown, json: boolean, session: Session, command: Command | undefined): number {
  const { exitCode, code, message } = explain(error, command);
  session.note(message);
  if (json) session.printJson({ error: { code, message } });
  return exitCode;
}

function explain(error: unknown, command: Command | undefined): { exitCode: number; code: string; message: string } {
  if (error instanceof UserError) return { exitCode: 2, code: error.code, message: error.message };
  if (error instanceof Error && error.name === 'AbortError') {
    return {
      exitCode: 130,
      code: 'interrupted',
      message: `Stopped; ${whatIsLeft(command?.options ?? {})}`,
    };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    exitCode: 1,
    code: 'internal',
    message: `nashtune failed; this is a fault of nashtune or of a recipe.\n${stack}`,
  };
}

/** What a command that was stopped has kept. */
function whatIsLeft(options: OptionTable): string {
  if ('resume' in options) return 'what was finished is saved. Run the same command with --resume to go on.';
  if ('store' in options || 'outputs' in options)
    return 'what was finished is kept. Run the same command again to go on.';
  return 'nothing was written.';
}

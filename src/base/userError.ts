/**
 * A fault the user can mend: wrong input, a missing file, an option out of range.
 *
 * The command line prints the message alone and exits with 2; every other error prints its stack and exits with 1. The
 * message says where, what was expected, what was found, and one step that fixes it.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable identifier for programs, such as `recipe.unknown`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

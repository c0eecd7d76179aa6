import type { InferredOptionTypes, Options, PositionalOptions } from 'yargs';

import type { BuiltinRecipes } from '../recipe/resolveRecipe.ts';
import type { CliIo } from './cliIo.ts';
import type { StatusLine } from './statusLine.ts';

/** What every command runs with. */
export interface Session {
  readonly io: CliIo;
  readonly builtins: BuiltinRecipes;
  /** On standard error; everything a command prints goes past it. */
  readonly status: StatusLine;
  /** Writes a line, or several, to standard output. */
  readonly print: (text: string) => void;
  /** Writes a line, or several, to standard error. */
  readonly note: (text: string) => void;
  /** Writes the one document that `--json` puts on standard output. */
  readonly printJson: (value: unknown) => void;
}

export type OptionTable = Readonly<Record<string, Options>>;
export type PositionalTable = Readonly<Record<string, PositionalOptions>>;

/** Option that every command has. */
interface CommonArguments {
  json: boolean;
}

export interface CommandDefinition<Positionals extends PositionalTable, Flags extends OptionTable> {
  /** Name and positionals as in the usage line, such as `run <recipe>`. */
  usage: string;
  summary: string;
  positionals: Positionals;
  options: Flags;
  /** A command line and what it is for. */
  examples: readonly (readonly [command: string, purpose: string])[];
  /** Does the work and resolves to the exit code. What it needs is imported here, so that --help stays quick. */
  run(
    args: InferredOptionTypes<Positionals> & InferredOptionTypes<Flags> & CommonArguments,
    session: Session,
  ): Promise<number>;
}

/** A command whose arguments' types have been checked. */
export type Command = CommandDefinition<PositionalTable, OptionTable>;

/** Commands under one name, such as `data stats` and `data split`. */
export interface CommandGroup {
  name: string;
  summary: string;
  commands: readonly Command[];
  examples: readonly (readonly [command: string, purpose: string])[];
}

/** Checks that a command uses its arguments as it declares them. */
export function defineCommand<const Positionals extends PositionalTable, const Flags extends OptionTable>(
  definition: CommandDefinition<Positionals, Flags>,
): Command {
  return definition;
}

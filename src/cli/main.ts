import yargs, { type Argv } from 'yargs';

import { UserError } from '../base/userError.ts';
import type { BuiltinRecipes } from '../recipe/resolveRecipe.ts';
import { BUILTIN_RECIPES } from './builtinRecipes.ts';
import type { CliIo } from './cliIo.ts';
import type { Command, CommandGroup, Session } from './command.ts';
import { benchCommands } from './commands/bench/benchCommands.ts';
import { compareCommand } from './commands/compare.ts';
import { copyCommand } from './commands/copy.ts';
import { dataCommands } from './commands/data/dataCommands.ts';
import { doctorCommand } from './commands/doctor.ts';
import { judgeCommand } from './commands/judge.ts';
import { logpsCommand } from './commands/logps.ts';
import { recipesCommand } from './commands/recipes.ts';
import { reportCommand } from './commands/report.ts';
import { runCommand } from './commands/run.ts';
import { sampleCommand } from './commands/sample.ts';
import { setupCommand } from './commands/setup.ts';
import { exitCodeOf } from './exitCodeOf.ts';
import { statusLine } from './statusLine.ts';
import { usageError } from './usageError.ts';

const COMMANDS: readonly (Command | CommandGroup)[] = [
  runCommand,
  recipesCommand,
  copyCommand,
  sampleCommand,
  judgeCommand,
  logpsCommand,
  reportCommand,
  compareCommand,
  dataCommands,
  benchCommands,
  setupCommand,
  doctorCommand,
];

type CommandArguments = Parameters<Command['run']>[0];

const EPILOGUE = [
  'Exit codes: 0 done; 1 internal fault; 2 wrong input, the message says how to mend it; 130 stopped.',
  'With --json, standard output holds one JSON document: the result or {"error":{"code","message"}}.',
].join('\n');

/**
 * The command line.
 *
 * @param argv what follows the name of the program
 * @param builtins the recipes that go by a name
 * @returns the exit code; everything that goes wrong has been printed
 */
export async function main(
  argv: readonly string[],
  io: CliIo,
  builtins: BuiltinRecipes = BUILTIN_RECIPES,
): Promise<number> {
  const session = startSession(io, builtins);
  const json = argv.includes('--json');
  let running: Command | undefined;
  try {
    return await parse(argv, session, (command) => (running = command));
  } catch (error) {
    session.status.clear();
    return exitCodeOf(error, json, session, running);
  } finally {
    session.status.clear();
  }
}

/** Integers of 64 bits, as Parquet files have them, go as text: JSON's numbers would round them. */
function jsonValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

function startSession(io: CliIo, builtins: BuiltinRecipes): Session {
  const status = statusLine(io.stderr);
  const print = (text: string): void => status.printAbove(io.stdout, `${text}\n`);
  const note = (text: string): void => status.printAbove(io.stderr, `${text}\n`);
  const printJson = (value: unknown): void => print(JSON.stringify(value, jsonValue, 2));
  return { io, builtins, status, print, note, printJson };
}

async function parse(argv: readonly string[], session: Session, onStart: (command: Command) => void): Promise<number> {
  let exitCode = 0;
  const program = yargs()
    .scriptName('nashtune')
    .usage('$0 <command>\n\nPreference optimization: SPPO, DPO and their relatives.')
    .locale('en')
    .parserConfiguration({ 'dot-notation': false })
    .wrap(Math.min(110, session.io.stdout.columns ?? 100))
    .strict()
    .demandCommand(1, 'Expected a command.')
    .alias('help', 'h')
    .version((await import('../recipe/packageRoot.ts')).packageManifest().version)
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON document on standard output' })
    .epilogue(EPILOGUE)
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => {
      throw error instanceof Error && error.name !== 'YError' ? error : usageError(message, argv, COMMANDS);
    });
  const run = async (command: Command, args: CommandArguments): Promise<void> => {
    onStart(command);
    exitCode = await command.run(args, session);
  };
  for (const entry of COMMANDS) {
    if ('commands' in entry) addGroup(program, entry, run);
    else addCommand(program, entry, run);
  }
  await program.parseAsync(argv.length === 0 ? ['--help'] : argv, {}, (_error, _args, output) => {
    if (output !== '') session.print(output);
  });
  return exitCode;
}

type RunCommand = (command: Command, args: CommandArguments) => Promise<void>;

function addGroup(program: Argv, { name, summary, commands, examples }: CommandGroup, run: RunCommand): void {
  program.command(name, summary, (builder) => {
    for (const [example, purpose] of examples) builder.example(example, purpose);
    for (const command of commands) addCommand(builder, command, run);
    return builder.demandCommand(1, 'Expected a command.');
  });
}

function addCommand(program: Argv, command: Command, run: RunCommand): void {
  program.command(
    command.usage,
    command.summary,
    (builder) => {
      for (const [name, option] of Object.entries(command.positionals)) builder.positional(name, option);
      for (const [example, purpose] of command.examples) builder.example(example, purpose);
      return builder.options(command.options);
    },
    async (args) => {
      refuseRepeated(args, command);
      await run(command, args as unknown as CommandArguments);
    },
  );
}

function refuseRepeated(args: Readonly<Record<string, unknown>>, { options }: Command): void {
  const repeated = Object.keys(options).find((name) => options[name]?.array !== true && Array.isArray(args[name]));
  if (repeated !== undefined) throw new UserError('cli.usage', `--${repeated} is given more than once. Give it once.`);
}

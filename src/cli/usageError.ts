import { UserError } from '../base/userError.ts';
import { didYouMean } from '../base/closest.ts';
import type { Command, CommandGroup } from './command.ts';

type Entry = Command | CommandGroup;

/** Turns yargs' word about a wrong command line into ours: with what was meant, and where to look. */
export function usageError(message: string, argv: readonly string[], entries: readonly Entry[]): UserError {
  const words = argv.filter((argument) => !argument.startsWith('-'));
  return errorIn('nashtune', message, words, argv, entries);
}

/** The error below `program`, whose name the words no longer hold. */
function errorIn(
  program: string,
  message: string,
  [word, ...words]: readonly string[],
  argv: readonly string[],
  entries: readonly Entry[],
): UserError {
  const names = entries.map(nameOf);
  const entry = entries.find((one) => nameOf(one) === word);
  if (entry === undefined) {
    const text = word === undefined ? 'Expected a command.' : `Unknown command "${word}".${didYouMean(word, names)}`;
    const where = program === 'nashtune' ? '' : `${program}: `;
    return new UserError(
      'cli.usage',
      `${where}${text} Commands: ${names.join(', ')}. Run "${program} --help" for more.`,
    );
  }
  const command = `${program} ${nameOf(entry)}`;
  if ('commands' in entry) return errorIn(command, message, words, argv, entry.commands);
  const problem = problemOf(program, message, argv, entry);
  return new UserError('cli.usage', `${command}: ${problem} Run "${command} --help" for its options.`);
}

function problemOf(program: string, message: string, argv: readonly string[], command: Command): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (unknown !== undefined) {
    // yargs names an option with a hyphen twice, the second time in camel case.
    const camel = new Set(unknown.filter((name) => name.includes('-')).map(camelCase));
    const names = unknown.filter((name) => !camel.has(name));
    return names.map((name) => unknownArgument(name, argv, command)).join(' ');
  }
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return `--${valueless} needs a value.`;
  if (message.startsWith('Not enough non-option arguments')) return `Expected "${program} ${command.usage}".`;
  return message;
}

function camelCase(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

function unknownArgument(name: string, argv: readonly string[], { options }: Command): string {
  const flag = argv.find((argument) => argument.startsWith('-') && argument.replace(/^-+/, '').split('=')[0] === name);
  if (flag === undefined) return `Unexpected argument "${name}".`;
  const known = [...Object.keys(options), 'json', 'help'].map((option) => `--${option}`);
  return `Unknown option "${flag.split('=')[0]}".${didYouMean(`--${name}`, known)}`;
}

function nameOf(entry: Entry): string {
  return 'commands' in entry ? entry.name : entry.usage.split(' ')[0]!;
}

import { UserError } from '../base/userError.ts';
import { didYouMean } from '../base/closest.ts';
import type { Command } from './command.ts';

/** Turns yargs' word about a wrong command line into ours: with what was meant, and where to look. */
export function usageError(message: string, argv: readonly string[], commands: readonly Command[]): UserError {
  const names = commands.map(({ usage }) => nameOf(usage));
  const word = argv.find((argument) => !argument.startsWith('-'));
  const command = commands.find(({ usage }) => nameOf(usage) === word);
  if (command === undefined) {
    const text = word === undefined ? message : `Unknown command "${word}".${didYouMean(word, names)}`;
    return new UserError('cli.usage', `${text} Commands: ${names.join(', ')}. Run "nashtune --help" for more.`);
  }
  const problem = problemOf(message, argv, command);
  const name = nameOf(command.usage);
  return new UserError('cli.usage', `nashtune ${name}: ${problem} Run "nashtune ${name} --help" for its options.`);
}

function problemOf(message: string, argv: readonly string[], command: Command): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(message)?.[1]?.split(', ');
  if (unknown !== undefined) return unknown.map((name) => unknownArgument(name, argv, command)).join(' ');
  const valueless = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (valueless !== undefined) return `--${valueless} needs a value.`;
  if (message.startsWith('Not enough non-option arguments')) return `Expected "nashtune ${command.usage}".`;
  return message;
}

function unknownArgument(name: string, argv: readonly string[], { options }: Command): string {
  const flag = argv.find((argument) => argument.startsWith('-') && argument.replace(/^-+/, '').split('=')[0] === name);
  if (flag === undefined) return `Unexpected argument "${name}".`;
  const known = [...Object.keys(options), 'json', 'help'].map((option) => `--${option}`);
  return `Unknown option "${flag.split('=')[0]}".${didYouMean(`--${name}`, known)}`;
}

function nameOf(usage: string): string {
  return usage.split(' ')[0]!;
}

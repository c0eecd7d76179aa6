import { z } from 'zod';

const SHOWN = 5;

/** The first five problems, one a line and indented, and how many more there are. */
export function listProblems(problems: readonly string[]): string {
  const lines = problems.slice(0, SHOWN).map((problem) => `  ${problem}`);
  if (problems.length > SHOWN) lines.push(`  and ${problems.length - SHOWN} more`);
  return lines.join('\n');
}

/** What to call a thrown value in a message. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Problems that a schema found, each with the path of its field below `where`. */
export function schemaProblems(error: z.ZodError, ...where: string[]): string[] {
  return error.issues.map(({ path, message }) => {
    const field = z.core.toDotPath([...where, ...path]);
    return field === '' ? message : `${field}: ${message}`;
  });
}

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

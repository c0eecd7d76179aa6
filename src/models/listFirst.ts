/** The first five problems, and how many more there are. */
export function listFirst(problems: readonly string[]): string {
  const more = problems.length > 5 ? `; and ${problems.length - 5} more` : '';
  return `${problems.slice(0, 5).join('; ')}${more}`;
}

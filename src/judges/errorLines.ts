/** The commonest errors, one a line. */
export function errorLines(errors: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(errors).sort(([, a], [, b]) => b - a);
  const lines = sorted.slice(0, 5).map(([error, count]) => `  ${count} times: ${error}`);
  return [...lines, ...(sorted.length > 5 ? [`  and ${sorted.length - 5} other errors`] : [])].join('\n');
}

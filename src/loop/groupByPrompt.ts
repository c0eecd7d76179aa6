/** Rows of a table by the prompt they belong to, prompts in the order of their first row. */
export function groupByPrompt<T extends { prompt_id: string }>(rows: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(row.prompt_id);
    if (group) group.push(row);
    else groups.set(row.prompt_id, [row]);
  }
  return groups;
}

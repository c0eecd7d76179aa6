/** What went wrong, and how often. */
export function errorCounts(rows: readonly { error?: string | null | undefined }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { error } of rows) if (typeof error === 'string') counts[error] = (counts[error] ?? 0) + 1;
  return counts;
}

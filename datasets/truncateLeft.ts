/** Takes tokens off the left until `room` are left. A leading BOS stays, where another token can stand behind it. */
export function truncateLeft(tokenIds: readonly number[], room: number, bosTokenId: number | null): number[] {
  const cut = Math.max(0, tokenIds.length - room);
  if (cut === 0) return [...tokenIds];
  const keepsBos = room > 1 && tokenIds[0] === bosTokenId;
  return keepsBos ? [tokenIds[0]!, ...tokenIds.slice(cut + 1)] : tokenIds.slice(cut);
}

/** A share as text; one that is not 0 never reads as 0. */
export function percent(share: number): string {
  return share > 0 && share < 0.001 ? '<0.1%' : `${(100 * share).toFixed(1)}%`;
}

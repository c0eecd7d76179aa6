import { nativeState } from './state.ts';

/**
 * Says what the function that is being recorded relies on beside its arguments: `compile` records it anew for a call before which
 * that no longer holds. Without effect outside of a recording.
 *
 * @example
 * const { merged } = adapter;
 * assume(() => adapter.merged === merged);
 */
export function assume(holds: () => boolean): void {
  nativeState()?.binding.recording?.assumptions.push(holds);
}

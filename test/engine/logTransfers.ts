import { nativeState } from '../../src/engine/state.ts';

/** What the engine did, in order: ran a compiled function or one operation, or read a tensor's values. */
export type EngineEvent = 'execute' | 'read';

/**
 * What the native engine does while `run` runs. `TFE_TensorHandleResolve` is the one function of the binding that brings
 * values of a tensor to JavaScript, so that on a GPU every transfer from the device to the host is a `read`.
 */
export async function logTransfers(run: () => Promise<unknown>): Promise<EngineEvent[]> {
  const state = nativeState();
  if (!state) throw new Error('logTransfers: the native engine does not run.');
  const api = state.binding.tensorFlow.api as {
    -readonly [K in 'execute' | 'resolveHandle']: (typeof state)['binding']['tensorFlow']['api'][K];
  };
  const { execute, resolveHandle } = api;
  const events: EngineEvent[] = [];
  const logged = <F extends typeof execute | typeof resolveHandle>(fn: F, event: EngineEvent): F => {
    const call = (...args: unknown[]): unknown => {
      events.push(event);
      return fn(...args);
    };
    const async = (...args: Parameters<F['async']>): void => {
      events.push(event);
      (fn.async as (...given: unknown[]) => void)(...args);
    };
    return Object.assign(call, { async }) as F;
  };
  api.execute = logged(execute, 'execute');
  api.resolveHandle = logged(resolveHandle, 'read');
  try {
    await run();
  } finally {
    Object.assign(api, { execute, resolveHandle });
  }
  return events;
}

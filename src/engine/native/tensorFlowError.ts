import { UserError } from '../../base/userError.ts';

/** Of TF_Code (tsl/c/tsl_status.h). */
const RESOURCE_EXHAUSTED = 8;
const UNIMPLEMENTED = 12;

/** A message from TensorFlow, with its status code (3 invalid argument, 8 resource exhausted, 12 unimplemented ...). */
export class TensorFlowError extends Error {
  override readonly name = 'TensorFlowError';
  readonly code: number;
  /** The operation that failed, as TensorFlow calls it, once it is known. */
  readonly operation: string | null;
  /** The tfjs operation in whose service it ran, once it is known. */
  readonly kernel: string | null;
  readonly #text: string;

  constructor(code: number, text: string, operation: string | null = null, kernel: string | null = null) {
    super(`${describeOperation(operation, kernel)}${text}`);
    this.code = code;
    this.operation = operation;
    this.kernel = kernel;
    this.#text = text;
  }

  /** The same error with the names that are known further out; those known already stay. */
  named(names: { operation?: string; kernel?: string }): TensorFlowError {
    const named = new TensorFlowError(
      this.code,
      this.#text,
      this.operation ?? names.operation ?? null,
      this.kernel ?? names.kernel ?? null,
    );
    if (this.stack !== undefined) named.stack = `${String(named)}\n${stackOf(this.stack)}`;
    return named;
  }
}

/**
 * Whether XLA has no kernel for a product of bfloat16 factors: its passes may turn the factors of one that it took into
 * what its kernel does not take (a transposed one, say), and then it fails when it runs, before anything is assigned.
 */
export const isRefusedProduct = ({ code, message }: TensorFlowError): boolean =>
  code === UNIMPLEMENTED && /Unsupported element type for DotThunk/.test(message);

const stackOf = (stack: string): string => stack.slice(Math.max(0, stack.search(/^ {4}at /m)));

function describeOperation(operation: string | null, kernel: string | null): string {
  if (operation === null) return '';
  return kernel === null || kernel === operation ? `${operation}: ` : `${kernel} (TensorFlow's ${operation}): `;
}

/**
 * Turns TensorFlow's errors that the user can mend into messages that say how.
 *
 * @param memoryAdvice what to change when memory runs out
 */
export function explainNativeError(error: unknown, memoryAdvice = 'Use a smaller batch or shorter rows.'): unknown {
  if (!(error instanceof TensorFlowError)) return error;
  const [summary = ''] = error.message.split('\n');
  if (error.code === RESOURCE_EXHAUSTED) {
    return new UserError('engine.outOfMemory', `Memory ran out in ${endSentence(summary)} ${memoryAdvice}`, {
      cause: error,
    });
  }
  if (/unsupported operations|No registered .* OpKernel for XLA/.test(error.message)) {
    const advice = 'XLA cannot compile it: use compile(fn, { mode: "graph" }).';
    return new TensorFlowError(error.code, `${endSentence(error.message)} ${advice}`);
  }
  if (/Could not find variable|Read variable failure/.test(error.message)) {
    const advice = 'A parameter that it uses was disposed: dispose the compiled function first.';
    return new TensorFlowError(error.code, `${endSentence(summary)} ${advice}`);
  }
  return error;
}

const endSentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

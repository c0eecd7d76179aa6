/** Where a command writes; a process's streams, or a test's. */
export interface Output {
  write(text: string): unknown;
  /** Whether it is a terminal, whose last line can be overwritten. */
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** What a command has of the process it runs in. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  /** From the first call on, an interrupt from the terminal aborts this signal instead of ending the process. */
  interruptSignal(): AbortSignal;
}

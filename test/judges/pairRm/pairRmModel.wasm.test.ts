import { vi } from 'vitest';

// A file of its own, and so a process of its own: the engine starts once per process.
vi.stubEnv('NASHTUNE_NATIVE', 'off');
await import('./pairRmModel.test.ts');

import { trajectoryTests } from '../training/trajectoryTests.ts';
import { describeGpu } from './describeGpu.ts';

await describeGpu('20 steps', () => trajectoryTests({ compiled: Infinity }));

import { transferTests } from '../training/transferTests.ts';
import { describeGpu } from './describeGpu.ts';

await describeGpu('transfers to the host', transferTests);

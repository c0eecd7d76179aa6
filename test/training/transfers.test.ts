import { describeNative } from '../engine/nativeTests.ts';
import { transferTests } from './transferTests.ts';

describeNative('transfers to the host', transferTests);

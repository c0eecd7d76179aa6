import { trajectoryTests } from './trajectoryTests.ts';

trajectoryTests({ compiled: 1 });

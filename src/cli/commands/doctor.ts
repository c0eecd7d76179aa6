import { defineCommand } from '../command.ts';

export const doctorCommand = defineCommand({
  usage: 'doctor',
  summary: 'Check the library, the devices, their speed, memory and disk',
  positionals: {},
  options: {},
  examples: [
    ['$0 doctor', 'Look for problems; the exit code is 2 when there is one'],
    ['$0 doctor --json', 'The same for a program'],
  ],
  run: async (args, session) => {
    const { doctor, formatDoctor } = await import('../../engine/doctor.ts');
    session.status.update('Checking ...');
    const checks = await doctor();
    session.status.clear();
    if (args.json) session.printJson(checks);
    else session.print(formatDoctor(checks));
    return checks.some(({ verdict }) => verdict === 'problem') ? 2 : 0;
  },
});

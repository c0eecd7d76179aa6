import type { CommandGroup } from '../../command.ts';
import { alpacaEvalCommand } from './alpacaEval.ts';
import { arenaHardCommand } from './arenaHard.ts';
import { bestOfNCommand } from './bestOfN.ts';
import { judgeBenchCommand } from './judge.ts';
import { gamesCommand } from './games.ts';
import { generateCommand } from './generate.ts';
import { startupCommand } from './startup.ts';
import { mtBenchCommand } from './mtBench.ts';
import { contaminationCommand } from './contamination.ts';
import { rerankCommand } from './rerank.ts';
import { selfCorrectCommand } from './selfCorrect.ts';
import { winRateCommand } from './winRate.ts';
import { trainCommand } from './train.ts';

export const benchCommands: CommandGroup = {
  name: 'bench',
  summary: 'Measure policies, judges and this machine',
  commands: [
    alpacaEvalCommand,
    winRateCommand,
    arenaHardCommand,
    mtBenchCommand,
    bestOfNCommand,
    rerankCommand,
    selfCorrectCommand,
    contaminationCommand,
    judgeBenchCommand,
    gamesCommand,
    trainCommand,
    generateCommand,
    startupCommand,
  ],
  examples: [
    ['$0 bench alpaca-eval --annotations annotations.json', 'Win rate with its interval'],
    ['$0 bench judge --judge default --judge verifier:length:20-60', 'Two judges on labelled pairs'],
    ['$0 bench train', 'Tokens per second and memory of training'],
  ],
};

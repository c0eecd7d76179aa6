import type { SampleRow } from '../../../datasets/index.ts';
import type { JsonObject, JsonValue } from '../manifest.ts';
import { iterateMatrix } from '../monitors/iterateMatrix.ts';
import { answersShown, type RoundAnswers } from './answersShown.ts';
import { DETAILS_FILE, parseDetails, type DetailsFile } from './detailsFile.ts';
import { judgedRound } from './judgedRound.ts';
import { missingParts } from './missingParts.ts';
import { monitoredRounds } from './monitoredRounds.ts';
import { promptTexts } from './promptTexts.ts';
import type { JudgedRound, ReportData } from './reportData.ts';
import { beforeRounds, roundsOf } from './roundsOf.ts';
import { openRunFolder, type RunFolder } from './runFolder.ts';

/** Characters of judged answers that a page holds, over all rounds. */
const CHARACTERS = 1_500_000;

export interface ReadReportOptions {
  /** Also read wall-clock seconds, which differ between equal runs. Default false. */
  timings?: boolean;
}

/**
 * Reads all that a report shows from the files of a run, finished or not.
 *
 * @throws {UserError} `run.missing`, `run.malformed`, `metrics.malformed`
 */
export async function readReportData(path: string, options: ReadReportOptions = {}): Promise<ReportData> {
  const folder = await openRunFolder(path);
  const metrics = folder.log('metrics.jsonl');
  const details = await detailsOf(folder);
  const prompts = await promptTexts(folder);
  const baseline = await samplesOf(folder, folder.rounds[0] ?? 1, 'baseline.arrow');
  const evaluations = await evaluationsOf(folder);
  const { rounds, alarms } = monitoredRounds(roundsOf(metrics), { metrics, baseline, evaluations });
  const control = roundsOf(folder.log('control/metrics.jsonl'));
  const judged = await judgedRounds(folder, prompts);
  const answers = answersShown(baseline, evaluations, prompts);
  const iterates = iterateMatrix(metrics);
  return {
    ...details,
    run: folder.manifest,
    rounds: rounds.map((round) => {
      const same = control.find((other) => other.round === round.round);
      const rate = same?.winRate ?? same?.judgeWinRate;
      return { ...round, ...(rate && { controlWinRate: rate }) };
    }),
    played: (folder.records.rounds ?? []).map((round) => withoutFigures(round)),
    before: beforeRounds(metrics),
    steps: metrics.filter(({ step }) => step !== undefined),
    ...(answers && { answers }),
    judged,
    ...(iterates && { iterates }),
    // An alarm that the run noted itself is not said twice.
    alarms: alarms.filter((alarm) => !details.notes.includes(alarm)),
    missing: [...missingParts(folder, metrics), ...folder.faults],
    notes: [...details.notes, ...(folder.records.forced ?? []).map((record) => forcedNote(record))],
    timings: options.timings ? folder.log('timings.jsonl') : [],
  };
}

/** Without `report.json` the recipe's name is the title. */
async function detailsOf(folder: RunFolder): Promise<DetailsFile> {
  const file = await folder.json(DETAILS_FILE);
  if (file !== undefined) return parseDetails(file);
  const { recipe } = folder.manifest;
  return { title: typeof recipe === 'string' ? recipe : 'A run', notes: [] };
}

/** What was measured stands with the figures. */
function withoutFigures(round: JsonObject): JsonObject {
  const { measured: _, ...others } = round;
  return others;
}

/** What a resume by force changed. */
function forcedNote({ afterRound, changes }: JsonObject): string {
  const changed = (Array.isArray(changes) ? changes : []) as { key: string; before: JsonValue; after: JsonValue }[];
  const named = changed.map(
    ({ key, before, after }) => `${key} (${JSON.stringify(before)} before, ${JSON.stringify(after)} since)`,
  );
  return `Resumed by force after round ${JSON.stringify(afterRound)}, with a change of ${named.join(', ')}.`;
}

async function samplesOf(folder: RunFolder, round: number, name: string): Promise<SampleRow[]> {
  return (await folder.table(folder.stageFile(round, name), 'samples')) ?? [];
}

async function evaluationsOf(folder: RunFolder): Promise<RoundAnswers[]> {
  const found: RoundAnswers[] = [];
  for (const round of folder.rounds) {
    const samples = await samplesOf(folder, round, 'evaluation.arrow');
    if (samples.length > 0) found.push({ round, samples });
  }
  return found;
}

async function judgedRounds(folder: RunFolder, prompts: ReadonlyMap<string, string>): Promise<JudgedRound[]> {
  const found: JudgedRound[] = [];
  for (const round of folder.rounds) {
    const judgments = await folder.table(folder.stageFile(round, 'judgments.arrow'), 'judgments');
    if (judgments === undefined || judgments.length === 0) continue;
    const samples = await samplesOf(folder, round, 'samples.arrow');
    const pairs = (await folder.table(folder.stageFile(round, 'pairs.arrow'), 'pairs')) ?? [];
    const characters = CHARACTERS / folder.rounds.length;
    found.push(judgedRound(round, { judgments, samples, pairs, prompts }, characters));
  }
  return found;
}

/** One thing that `doctor` looked at. */
export interface Check {
  name: string;
  /** `problem`: the engine cannot do what it is asked. `warning`: it works, but worse than it could. */
  verdict: 'good' | 'warning' | 'problem';
  found: string;
  /** What to do about it. */
  advice?: string;
}

const MARKS: Readonly<Record<Check['verdict'], string>> = { good: '✓', warning: '!', problem: '✗' };

/** The checks as lines for a terminal, with advice below what it belongs to. */
export function formatDoctor(checks: readonly Check[]): string {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const indent = `\n${' '.repeat(width + 4)}`;
  const lines = checks.map(({ name, verdict, found, advice }) => {
    const text = advice === undefined ? found : `${found}\n${advice}`;
    return `${MARKS[verdict]} ${name.padEnd(width)}  ${text.replaceAll('\n', indent)}`;
  });
  const count = (verdict: Check['verdict']): string => {
    const n = checks.filter((check) => check.verdict === verdict).length;
    return `${n} ${verdict}${n === 1 ? '' : 's'}`;
  };
  return [...lines, '', `${count('problem')}, ${count('warning')}`].join('\n');
}

/** A bar: what it stands for, and how long it is. */
export interface Bar {
  label: string;
  count: number;
}

export interface BarChartOptions {
  /** Columns of the terminal. */
  width: number;
  /** Bars of `#` alone, for files and programs. */
  plain: boolean;
}

/** Parts of a column, by eighths. */
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const LONGEST_BAR = 60;

/** One line a bar: label, bar, count. The longest bar fills what the terminal leaves; anything above 0 can be seen. */
export function barChart(bars: readonly Bar[], { width, plain }: BarChartOptions): string {
  const labelWidth = Math.max(...bars.map(({ label }) => label.length));
  const countWidth = Math.max(...bars.map(({ count }) => String(count).length));
  const room = Math.max(1, Math.min(LONGEST_BAR, width - labelWidth - countWidth - 4));
  const most = Math.max(1, ...bars.map(({ count }) => count));
  return bars
    .map(({ label, count }) => {
      const bar = plain ? hashes((count / most) * room) : blocks((count / most) * room);
      return `${label.padStart(labelWidth)}  ${String(count).padStart(countWidth)}  ${bar}`.trimEnd();
    })
    .join('\n');
}

function hashes(length: number): string {
  return '#'.repeat(length > 0 ? Math.max(1, Math.round(length)) : 0);
}

function blocks(length: number): string {
  const eighths = length > 0 ? Math.max(1, Math.round(8 * length)) : 0;
  return '█'.repeat(Math.floor(eighths / 8)) + EIGHTHS[eighths % 8]!;
}

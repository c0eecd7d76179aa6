import { padColumns } from './padColumns.ts';
import { wrapText } from './wrapText.ts';

/** A text with its heading. */
export interface Block {
  heading: string;
  text: string;
}

const GAP = '   ';
/** Narrower columns are hard to read: the blocks then go below each other. */
const LEAST_WIDTH = 36;

/** Blocks in columns where the terminal is wide enough for all of them, else one below the other; long text is cut. */
export function sideBySide(blocks: readonly Block[], width: number, maxLines: number): string {
  const columnWidth = Math.floor((width - GAP.length * (blocks.length - 1)) / blocks.length);
  if (columnWidth < LEAST_WIDTH) {
    const indent = '  ';
    return blocks
      .map(({ heading, text }) => {
        const lines = wrapText(text, Math.max(1, width - indent.length), maxLines);
        return [heading, ...lines.map((line) => (line === '' ? '' : indent + line))].join('\n');
      })
      .join('\n');
  }
  const columns = blocks.map(({ heading, text }) => [heading, ...wrapText(text, columnWidth, maxLines)]);
  const height = Math.max(...columns.map((column) => column.length));
  const lines = Array.from({ length: height }, (_, row) =>
    columns.map((column) => padColumns(column[row] ?? '', columnWidth)).join(GAP),
  );
  return lines.map((line) => line.trimEnd()).join('\n');
}

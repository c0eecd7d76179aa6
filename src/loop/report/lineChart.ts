import type { Content, Markup } from './markup.ts';
import { markup } from './markup.ts';
import type { Axis } from './scale.ts';

/** A point of a curve; `low` and `high` draw its error bar. */
export interface ChartPoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
  /** Text for pointer and screen reader: `round 2: 62.5% (57.1 to 67.6)`. */
  label: string;
}

/** One curve. Its look is told by place: the first is solid with discs, the second dashed with squares, and so on. */
export interface ChartSeries {
  name: string;
  points: readonly ChartPoint[];
}

/** One chart of one or more curves over common axes. */
export interface Chart {
  title: string;
  /** What is measured and in which unit, one line under the title. */
  subtitle: string;
  xName: string;
  x: Axis;
  y: Axis;
  series: readonly ChartSeries[];
  /** A horizontal line to compare with, such as chance; it is named in the legend. */
  reference?: { y: number; label: string };
  /** Vertical lines with a name each, such as the start of a round. */
  marks?: readonly { x: number; label: string }[];
  /** Whether each point gets a marker and its own tooltip; off for dense curves. */
  markers: boolean;
  /** Whether a line joins the points. Default true; false for things that have no order. */
  joined?: boolean;
}

/** Looks that the style sheet has; the seventh curve looks like the first. */
const LOOKS = 6;

const WIDTH = 480;
const HEIGHT = 270;
const PLOT = { left: 52, right: 466, top: 22, bottom: 226 };

/** A chart as a figure with inline SVG, its colours left to the style sheet. */
export function lineChart(chart: Chart): Markup {
  const position = {
    x: (x: number) => PLOT.left + ((x - chart.x.low) / (chart.x.high - chart.x.low)) * (PLOT.right - PLOT.left),
    y: (y: number) => PLOT.bottom - ((y - chart.y.low) / (chart.y.high - chart.y.low)) * (PLOT.bottom - PLOT.top),
  };
  return markup`<figure class="card chart">
<figcaption><strong>${chart.title}</strong><span>${chart.subtitle}</span>${legend(chart)}</figcaption>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${description(chart)}">
${grid(chart, position)}${chart.series.map((series, i) => curve(series, i % LOOKS, chart, position))}</svg>
</figure>
`;
}

interface Position {
  x: (x: number) => number;
  y: (y: number) => number;
}

function legend({ series, reference, markers }: Chart): Content {
  if (series.length < 2 && reference === undefined) return undefined;
  const curves = series.map(({ name }, i) =>
    key(markup`<path class="line s${i % LOOKS}" d="M1 5H25"/>${markers ? marker(i % LOOKS, 13, 5) : undefined}`, name),
  );
  const line = reference && key(markup`<path class="reference" d="M1 5H25"/>`, reference.label);
  return markup`<span class="legend">${curves}${line}</span>`;
}

function key(sample: Content, name: string): Markup {
  return markup`<span class="key"><svg viewBox="0 0 26 10" aria-hidden="true">${sample}</svg>${name}</span>`;
}

function grid(chart: Chart, { x, y }: Position): Content {
  const rows = chart.y.ticks.map(({ value, label }) => [
    markup`<path class="grid" d="M${PLOT.left} ${fixed(y(value))}H${PLOT.right}"/>`,
    text(PLOT.left - 8, y(value) + 4, 'end', label),
  ]);
  const columns = chart.x.ticks.map(({ value, label }) => text(x(value), PLOT.bottom + 18, 'middle', label));
  const marks = (chart.marks ?? []).map((mark) => [
    markup`<path class="mark" d="M${fixed(x(mark.x))} ${PLOT.top}V${PLOT.bottom}"/>`,
    text(x(mark.x) + 4, PLOT.top - 5, 'start', mark.label),
  ]);
  const reference =
    chart.reference && markup`<path class="reference" d="M${PLOT.left} ${fixed(y(chart.reference.y))}H${PLOT.right}"/>`;
  return [rows, columns, marks, reference, text((PLOT.left + PLOT.right) / 2, HEIGHT - 8, 'middle', chart.xName)];
}

function text(x: number, y: number, anchor: 'start' | 'middle' | 'end', label: string): Markup {
  return markup`<text x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${label}</text>`;
}

function curve({ points }: ChartSeries, index: number, { markers, joined = true }: Chart, { x, y }: Position): Content {
  const path = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${fixed(x(point.x))} ${fixed(y(point.y))}`).join('');
  const line = joined ? markup`<path class="line s${index}" d="${path}"/>\n` : undefined;
  if (!markers) return line;
  const bars = points.map(({ x: at, low, high }) => {
    if (low === undefined || high === undefined) return undefined;
    const [centre, bottom, top] = [x(at), fixed(y(low)), fixed(y(high))];
    const cap = `${fixed(centre - 5)} ${top}H${fixed(centre + 5)}M${fixed(centre - 5)} ${bottom}H${fixed(centre + 5)}`;
    return markup`<path class="bar s${index}" d="M${fixed(centre)} ${bottom}V${top}M${cap}"/>`;
  });
  const dots = points.map(
    (point) => markup`<g><title>${point.label}</title>${marker(index, x(point.x), y(point.y))}</g>\n`,
  );
  return [line, bars, dots];
}

/** A disc, a square, a diamond or a triangle, so that curves differ by more than colour. */
function marker(index: number, x: number, y: number): Markup {
  const kind = markup`class="dot s${index}"`;
  if (index === 0) return markup`<circle ${kind} cx="${fixed(x)}" cy="${fixed(y)}" r="4.5"/>`;
  if (index === 1) return markup`<rect ${kind} x="${fixed(x - 4)}" y="${fixed(y - 4)}" width="8" height="8"/>`;
  if (index === 3) return markup`<path ${kind} d="M${fixed(x)} ${fixed(y - 5.5)}l5.5 10h-11z"/>`;
  if (index === 4) return markup`<path ${kind} d="M${fixed(x)} ${fixed(y + 5.5)}l5.5 -10h-11z"/>`;
  return markup`<path ${kind} d="M${fixed(x)} ${fixed(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z"/>`;
}

function description(chart: Chart): string {
  const series = chart.series.map(({ name, points }) => {
    const shown = chart.markers ? points : points.filter((_, i) => i === 0 || i === points.length - 1);
    return `${name}: ${shown.map((point) => point.label).join('; ')}.`;
  });
  return [`${chart.title}, ${chart.subtitle}.`, ...series].join(' ');
}

function fixed(value: number): string {
  return value.toFixed(1);
}

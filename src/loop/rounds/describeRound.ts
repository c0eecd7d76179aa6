/** What was measured of a round, as a sentence for the terminal. */
export function describeRound(values: Readonly<Record<string, number>>): string {
  const { judgeWinRate, low, high, winRateOverPrevious, klToBase } = values;
  const won =
    judgeWinRate === undefined
      ? 'the judge failed on all comparisons with the base'
      : `the judge prefers it to the base in ${percent(judgeWinRate)} (95%: ${percent(low!)} to ${percent(high!)})`;
  const last = winRateOverPrevious === undefined ? '' : `, to the round before in ${percent(winRateOverPrevious)}`;
  return `${passes(values)}${won}${last}, KL to base ${klToBase!.toFixed(2)} nats an answer`;
}

function passes({ passRate, passLow, passHigh, basePassRate }: Readonly<Record<string, number>>): string {
  if (passRate === undefined) return '';
  const base = basePassRate === undefined ? '' : `, the base's ${percent(basePassRate)}`;
  return `${percent(passRate)} of the answers pass (95%: ${percent(passLow!)} to ${percent(passHigh!)})${base}; `;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;

/** Steps that are averaged. */
const WINDOW = 20;

/** Share of its log-probability under the reference that a chosen completion may lose before it is said. */
const SHARE = 0.1;

/**
 * Watches whether training makes the chosen completions less likely, which losses of the difference alone allow (DPO
 * among them), and which comes before collapse when it goes far.
 *
 * @returns a function of each step's metrics, that gives a sentence once: when the mean log-ratio of the last 20 steps is
 *   below -10% of the chosen completions' log-probability under the reference
 * @see Pal et al. 2024, arXiv:2402.13228, section 3; huggingface/trl issue 800
 */
export function chosenFall(): (values: Readonly<Record<string, number>>) => string | undefined {
  const recent: { ratio: number; reference: number }[] = [];
  let said = false;
  return (values) => {
    const ratio = values['logratios/chosen'];
    const logp = values['logps/chosen'];
    if (said || ratio === undefined || logp === undefined) return undefined;
    recent.push({ ratio, reference: ratio - logp });
    if (recent.length > WINDOW) recent.shift();
    if (recent.length < WINDOW) return undefined;
    const mean = (of: (step: (typeof recent)[number]) => number): number =>
      recent.reduce((sum, step) => sum + of(step), 0) / recent.length;
    const [drop, reference] = [-mean((step) => step.ratio), mean((step) => step.reference)];
    if (drop <= SHARE * reference) return undefined;
    said = true;
    return (
      `the chosen answers have become less likely than under the reference, by ${drop.toFixed(1)} of ` +
      `${reference.toFixed(1)} nats. Lower the learning rate, raise beta, or add an NLL term.`
    );
  };
}

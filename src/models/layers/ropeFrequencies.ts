import type { Rotary } from './rotary.ts';

const f32 = Math.fround;

/** How the wavelengths of rotary positions are stretched beyond the length of pretraining. */
export type RopeScaling =
  | { kind: 'default' }
  | { kind: 'linear'; factor: number }
  | {
      kind: 'llama3';
      factor: number;
      lowFrequencyFactor: number;
      highFrequencyFactor: number;
      originalLength: number;
    }
  | {
      kind: 'yarn';
      factor: number;
      originalLength: number;
      attentionFactor?: number | undefined;
      betaFast: number;
      betaSlow: number;
      mscale?: number | undefined;
      mscaleAllDim?: number | undefined;
      truncate: boolean;
    };

/**
 * The rotary positions of a model.
 *
 * @param size numbers of each head that are turned, even
 * @param theta base of the geometric series of wavelengths
 * @see Su et al. 2021, arXiv:2104.09864, section 3.2.2 (default); Chen et al. 2023, arXiv:2306.15595, Eq. (4) (linear);
 * Peng et al. 2023, arXiv:2309.00071, section 3.3 and Eq. (22) (yarn); transformers' `_compute_llama3_parameters` (llama3).
 * All in float32, in the order of transformers' operations, to agree at long distances.
 */
export function rotaryOf(size: number, theta: number, scaling: RopeScaling): Rotary {
  const half = size / 2;
  const periods = Float32Array.from({ length: half }, (_, i) => theta ** f32((2 * i) / size));
  if (scaling.kind === 'yarn') {
    const attentionFactor = scaling.attentionFactor ?? yarnAttentionFactor(scaling);
    return { size, frequencies: yarnFrequencies(periods, size, theta, scaling), attentionFactor };
  }
  const frequencies = periods.map((period) => {
    const frequency = f32(1 / period);
    if (scaling.kind === 'linear') return frequency / scaling.factor;
    return scaling.kind === 'llama3' ? llama3Frequency(frequency, scaling) : frequency;
  });
  return { size, frequencies, attentionFactor: 1 };
}

/** Long waves are stretched by the factor, short ones stay, those between are blended. */
function llama3Frequency(frequency: number, scaling: Extract<RopeScaling, { kind: 'llama3' }>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalLength } = scaling;
  const wavelength = f32(f32(2 * Math.PI) / frequency);
  const stretched = f32(frequency / factor);
  if (wavelength > originalLength / low) return stretched;
  if (wavelength < originalLength / high) return frequency;
  const smooth = f32(f32(f32(originalLength / wavelength) - low) / (high - low));
  return f32(f32(f32(f32(1 - smooth) * frequency) / factor) + f32(smooth * frequency));
}

type Yarn = Extract<RopeScaling, { kind: 'yarn' }>;

/** Dimensions that turn often enough keep their frequency, slow ones are interpolated, with a ramp between. */
function yarnFrequencies(periods: Float32Array, size: number, theta: number, scaling: Yarn): Float32Array {
  const { factor, originalLength, betaFast, betaSlow, truncate } = scaling;
  /** The dimension that turns this many times over the original length. */
  const dimensionOf = (turns: number): number =>
    (size * Math.log(originalLength / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [from, to] = [dimensionOf(betaFast), dimensionOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(from) : from, 0);
  let high = Math.min(truncate ? Math.ceil(to) : to, size - 1);
  if (low === high) high += 0.001;
  return periods.map((period, i) => {
    const kept = f32(1 - Math.min(1, Math.max(0, f32((i - low) / (high - low)))));
    return f32(f32(1 / f32(factor * period)) * f32(1 - kept)) + f32(f32(1 / period) * kept);
  });
}

/** Scores grow flatter over longer texts; the factor on cosines and sines makes up for it. */
function yarnAttentionFactor({ factor, mscale, mscaleAllDim }: Yarn): number {
  const scaled = (by: number): number => (factor <= 1 ? 1 : 0.1 * by * Math.log(factor) + 1);
  return mscale && mscaleAllDim ? scaled(mscale) / scaled(mscaleAllDim) : scaled(1);
}

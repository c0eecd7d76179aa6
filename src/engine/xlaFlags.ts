const FUSIONS = '--xla_cpu_experimental_ynn_fusion_type';

/** What XLA is told for {@link Recording.mixedProducts}. */
export interface XlaFlags {
  /** For XLA_FLAGS; undefined leaves it as it is. */
  flags: string | undefined;
  /** Whether products of bfloat16 factors with a float32 result may be compiled. */
  mixedProducts: boolean;
}

/**
 * XLA hands products to the kernels of YNNPACK, and takes what follows them along where it can: a sum or a maximum over a
 * product of bfloat16 factors then ends the process ("Check failed: lhs->shape().element_type() == ..."; version 2.21).
 * One flag keeps products apart. A version or a platform that has not been tried may not know the flag, which ends the process as well.
 *
 * @param version of TensorFlow, with the processors it was built for
 * @param given XLA_FLAGS as the user has set them; theirs win
 */
export function xlaFlags(version: string | null, architecture: string, given: string | undefined): XlaFlags {
  const own = `${FUSIONS}=individual_dot`;
  if (given?.includes(FUSIONS)) return { flags: given, mixedProducts: given.split(/\s+/).includes(own) };
  if (!version?.startsWith('2.21.') || architecture !== 'x64') return { flags: given, mixedProducts: false };
  return { flags: given ? `${given} ${own}` : own, mixedProducts: true };
}

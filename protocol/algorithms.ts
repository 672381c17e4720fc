/** R8. Apart from the messages: whoever only digests needn't load what reads them. */
export const ALGORITHMS = ['sha256', 'blake3'] as const;
/** A digest algorithm by its name on the wire. */
export type Algorithm = (typeof ALGORITHMS)[number];

/** A colour on white and on black. Each light one is unique, for the dark one is found by it. */
interface Shade {
  readonly light: string;
  readonly dark: string;
}

export const PALETTE = {
  ink: { light: '#1f2328', dark: '#e6edf3' },
  soft: { light: '#59636e', dark: '#9198a1' },
  line: { light: '#9aa4af', dark: '#6e7681' },
  grid: { light: '#e3e7eb', dark: '#2b313a' },
  /** Told apart by those who don't see red and green, too. */
  blue: { light: '#1f6feb', dark: '#4493f8' },
  orange: { light: '#bc4c00', dark: '#f0883e' },
  magenta: { light: '#bf3989', dark: '#f778ba' },
  green: { light: '#1a7f37', dark: '#3fb950' },
  grey: { light: '#8a949e', dark: '#7d8590' },
  red: { light: '#cf222e', dark: '#ff7b72' },
  /** The steps of a scale, from little to much, and what is written on them. */
  below: { light: '#ffc680', dark: '#8a4600' },
  step1: { light: '#eaf4ff', dark: '#0f2440' },
  step2: { light: '#c8e1ff', dark: '#123a6b' },
  step3: { light: '#93c5fd', dark: '#15529c' },
  step4: { light: '#4a9bf5', dark: '#2b76d6' },
  step5: { light: '#1d63c9', dark: '#5ea5f7' },
  step6: { light: '#0b3d91', dark: '#a5d0ff' },
  onLittle: { light: '#0a2a52', dark: '#dbeafe' },
  onMuch: { light: '#fdfeff', dark: '#06182e' },
  none: { light: '#eff1f3', dark: '#1c2128' },
} as const satisfies Record<string, Shade>;

export type Colour = keyof typeof PALETTE;

/** What a chart is drawn with. */
export const LIGHT = Object.fromEntries(Object.entries(PALETTE).map(([name, { light }]) => [name, light])) as Readonly<
  Record<Colour, string>
>;

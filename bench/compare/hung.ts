/** Seconds after which even what isn't stopped at a bound has hung; our own clients must not give up before. */
export const HUNG = 600;

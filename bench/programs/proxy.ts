import { writeFileSync } from 'node:fs';
import { type Direction, WindowWatch } from '../latency/window-watch.js';
import { Proxy } from '../proxy/proxy.js';
import { answer } from './answer.js';

/** Milliseconds between two looks at a credit window. */
const SAMPLE_INTERVAL = 5;

/** By port: until the watched connection is over. @returns how many samples there are */
const watched = new Map<number, Promise<number>>();

answer({
  /** A proxy to a port of this machine. @returns its own port */
  open: async (target: number, roundTrip: number) => (await Proxy.listen({ target, roundTrip })).port,

  /** One for a single connection, whose credit window is written to a file when it is over. */
  openWatched: async (target: number, roundTrip: number, direction: Direction, path: string) => {
    let onSamples!: (samples: number) => void;
    const tap = () => {
      const watch = new WindowWatch(direction);
      const timer = setInterval(() => watch.sample(), SAMPLE_INTERVAL);
      const onClose = (): void => {
        clearInterval(timer);
        writeFileSync(path, JSON.stringify(watch.samples));
        onSamples(watch.samples.length);
      };
      return { ...watch.taps, onClose };
    };
    const { port } = await Proxy.listen({ target, roundTrip, tap });
    watched.set(port, new Promise((resolve) => (onSamples = resolve)));
    return port;
  },

  watched: (port: number) => watched.get(port)!,
});

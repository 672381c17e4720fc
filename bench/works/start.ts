import process from 'node:process';
import { SLUICE, startShell, startSluice } from '../child.js';
import { requireSame, writeRandomFile } from '../files.js';
import type { Side } from '../rounds.js';
import type { Entry, Field } from './entry.js';

const SIZE = 4096;
const FLOOR = 'node -e 0';

/** How long a command takes that does next to nothing. */
export function startEntries({ scale }: Field): Entry[] {
  // One start takes too little time to be told from noise.
  const times = Math.max(2, Math.round(20 * Math.sqrt(scale)));
  return [
    {
      work: 'start',
      place: 'memory',
      race: {
        work: {
          bench: 'start',
          title: 'one start of a command',
          unit: 'ms',
          amount: times,
          counted: 'start',
          bytes: times * SIZE,
        },
        figure: ({ seconds }) => (seconds * 1000) / times,
        room: 2 * SIZE,
        prepare: (workspace) => writeRandomFile(workspace.path('source'), SIZE),
        sides: {
          [FLOOR]: () => Promise.resolve(startSide(FLOOR, `${process.execPath} -e 0`, times)),
          'sluice --version': () =>
            Promise.resolve(startSide('sluice --version', `${SLUICE.join(' ')} --version`, times)),
          'sluice put of 4 KiB': async (workspace) => {
            const served = await workspace.folder('served');
            const source = workspace.path('source');
            const { child, port, command } = await startSluice(served, []);
            const line = [...SLUICE, 'put', '--quiet', source, `sluice://127.0.0.1:${port}/item`].join(' ');
            return {
              ...startSide('sluice put of 4 KiB', line, times),
              server: child,
              commands: { server: command, client: line },
              verify: () => requireSame(`${served}/item`, source),
            };
          },
        },
      },
    },
  ];
}

/** A command, so many times one after the other. */
function startSide(name: string, line: string, times: number): Side {
  const client = startShell();
  return {
    name,
    rivals: name === FLOOR ? [] : [FLOOR],
    server: null,
    client,
    commands: { client: line },
    transfer: () => client.request('run', `for i in $(seq ${times}); do ${line} || exit; done`),
    verify: () => undefined,
    clear: () => Promise.resolve(),
  };
}

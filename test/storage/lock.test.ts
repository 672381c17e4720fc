import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { openPlaces } from '../../lib/storage/disk/places.js';
import { temporaryFolder } from './disk-fixture.js';

const locks = (root: string): string[] => readdirSync(join(root, '.sluice')).filter((name) => name.startsWith('lock.'));

t.test('a second server is refused while the first runs, and let in after it', (t) => {
  const root = temporaryFolder(t);
  const first = openPlaces(root);
  writeFileSync(join(root, '.sluice', 'partial', 'of-the-first'), '');
  t.throws(() => openPlaces(root), {
    name: 'SluiceError',
    code: 'folder-in-use',
    message: new RegExp(`process ${process.pid}`),
  });
  t.equal(locks(root).length, 1, 'the refused one leaves the lock as it was');
  t.same(readdirSync(join(root, '.sluice', 'partial')), ['of-the-first'], 'and clears nothing');
  first.close();
  t.same(locks(root), []);
  openPlaces(root).close();
  t.end();
});

/** A process that does nothing; its number and start time are real. */
async function idleProcess(t: {
  teardown(fn: () => unknown): void;
}): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume(); process.stdout.write("up")'], {
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise((resolve) => child.stdout.once('data', resolve));
  t.teardown(() => child.kill('SIGKILL'));
  return {
    pid: child.pid!,
    kill: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

t.test('a lock is worth what its process is', { skip: process.platform !== 'linux' && 'needs /proc' }, async (t) => {
  const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const other = await idleProcess(t);
  const start = readFileSync(`/proc/${other.pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!;
  const root = temporaryFolder(t);
  mkdirSync(join(root, '.sluice'));
  const leave = (pid: number, started: string, boot: string): void =>
    writeFileSync(join(root, '.sluice', `lock.${pid}.${started}.${boot}.00`), '');
  const opens = (): boolean => {
    try {
      openPlaces(root).close();
      return true;
    } catch (error) {
      t.match(error, { code: 'folder-in-use' });
      return false;
    }
  };
  leave(other.pid, start, bootId);
  t.notOk(opens(), 'its process runs');
  t.equal(locks(root).length, 1);
  leave(other.pid, start, '00000000-0000-4000-8000-000000000000');
  t.notOk(opens(), 'a lock from before the machine started anew changes nothing for the live one');
  await other.kill();
  t.ok(opens(), 'killed');
  leave(process.pid, `${Number(start) - 1}`, bootId);
  t.ok(opens(), 'the number belongs to another process now');
  leave(process.pid, start, '00000000-0000-4000-8000-000000000000');
  t.ok(opens(), 'the machine has started anew');
  t.same(locks(root), []);
});

import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t from 'tap';
import { openPlaces } from '../../lib/storage/disk/places.js';
import { temporaryFolder } from './disk-fixture.js';

const PRIVATE = '.sluice';

t.test('it is made, for the server alone', (t) => {
  const root = temporaryFolder(t);
  openPlaces(root).close();
  for (const name of [PRIVATE, join(PRIVATE, 'partial')]) t.equal(statSync(join(root, name)).mode & 0o777, 0o700);
  chmodSync(join(root, PRIVATE), 0o755);
  openPlaces(root).close();
  t.equal(statSync(join(root, PRIVATE)).mode & 0o777, 0o700, 'and made so again');
  t.end();
});

for (const name of [PRIVATE, join(PRIVATE, 'partial')]) {
  t.test(`${name} is refused when it is a link or a file`, (t) => {
    const root = temporaryFolder(t);
    const outside = temporaryFolder(t);
    writeFileSync(join(outside, 'file'), 'kept');
    if (name !== PRIVATE) mkdirSync(join(root, PRIVATE));
    symlinkSync(outside, join(root, name));
    t.throws(() => openPlaces(root), { name: 'SluiceError', code: 'bad-private-folder' });
    t.same(readdirSync(outside), ['file'], 'nothing is cleared there');

    const other = temporaryFolder(t);
    if (name !== PRIVATE) mkdirSync(join(other, PRIVATE));
    writeFileSync(join(other, name), '');
    t.throws(() => openPlaces(other), { code: 'bad-private-folder' });
    t.end();
  });
}

const skip = process.geteuid?.() !== 0 && 'only root can give a folder away';
t.test('it is refused when it is another user’s', { skip }, (t) => {
  const root = temporaryFolder(t);
  mkdirSync(join(root, PRIVATE));
  chownSync(join(root, PRIVATE), 65_534, 65_534);
  t.throws(() => openPlaces(root), { code: 'bad-private-folder', message: /another user/ });
  t.end();
});

t.test('what killed servers left in it is removed, and nothing else', (t) => {
  const root = temporaryFolder(t);
  const outside = temporaryFolder(t);
  writeFileSync(join(outside, 'file'), 'kept');
  const partial = join(root, PRIVATE, 'partial');
  mkdirSync(join(partial, 'folder', 'deep'), { recursive: true });
  writeFileSync(join(partial, '0123'), 'left');
  writeFileSync(join(partial, '0123.leaves'), 'left');
  writeFileSync(Buffer.concat([Buffer.from(`${partial}/`), Buffer.from([0xff, 0xfe])]), 'left');
  symlinkSync(outside, join(partial, 'link'));
  writeFileSync(join(root, PRIVATE, 'note'), 'kept');
  const places = openPlaces(root);
  t.same(readdirSync(partial), []);
  t.same(readdirSync(outside), ['file']);
  t.ok(existsSync(join(root, PRIVATE, 'note')));
  places.close();
  t.same(readdirSync(join(root, PRIVATE)).sort(), ['leaves', 'note', 'partial'], 'the lock is gone');
  t.end();
});

t.test('there must be a folder to serve', (t) => {
  const root = temporaryFolder(t);
  writeFileSync(join(root, 'file'), '');
  t.throws(() => openPlaces(join(root, 'file')), { name: 'SluiceError', code: 'not-a-folder' });
  t.throws(() => openPlaces(join(root, 'none')), { code: 'not-a-folder' });
  t.end();
});

import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filesBelow, linkTree, requireSame, writeRandomFile, writeRandomTree } from '../../bench/files.js';

t.test('folders are the same only if names and bytes are', (t) => {
  const dir = t.testdir();
  const [source, copy] = [join(dir, 'source'), join(dir, 'copy')];
  writeRandomTree(source, 5, 100, 2);
  t.same(filesBelow(source), [
    'folder-0000/file-000000',
    'folder-0000/file-000001',
    'folder-0001/file-000002',
    'folder-0001/file-000003',
    'folder-0002/file-000004',
  ]);
  const makeCopy = (): void => {
    rmSync(copy, { recursive: true, force: true });
    for (const name of filesBelow(source)) {
      mkdirSync(join(copy, name, '..'), { recursive: true });
      writeFileSync(join(copy, name), readFileSync(join(source, name)));
    }
  };
  const file = join(copy, 'folder-0001/file-000003');
  makeCopy();
  requireSame(copy, source);

  writeFileSync(file, readFileSync(join(source, 'folder-0000/file-000000')));
  t.throws(() => requireSame(copy, source), /file-000003 is not what was sent/);
  makeCopy();
  rmSync(file);
  t.throws(() => requireSame(copy, source), /has 4, not the 5 files/);
  writeFileSync(`${file}.part`, '');
  t.throws(() => requireSame(copy, source), /has folder-0001\/file-000003\.part/);
  t.throws(() => requireSame(join(dir, 'nothing'), source));
  t.end();
});

t.test('files are compared to their ends', (t) => {
  const dir = t.testdir();
  const [source, copy] = [join(dir, 'source'), join(dir, 'copy')];
  const size = 1024 * 1024 + 1;
  writeRandomFile(source, size);
  const bytes = readFileSync(source);
  t.equal(bytes.length, size);
  writeFileSync(copy, bytes);
  requireSame(copy, source);
  writeFileSync(copy, bytes.subarray(0, -1));
  t.throws(() => requireSame(copy, source), /not what was sent/);
  writeFileSync(copy, bytes);
  appendFileSync(copy, 'x');
  t.throws(() => requireSame(copy, source), /not what was sent/);
  t.end();
});

t.test('linked folders have the same files', (t) => {
  const dir = t.testdir();
  const [source, link] = [join(dir, 'source'), join(dir, 'link')];
  writeRandomTree(source, 3, 10, 2);
  linkTree(source, link);
  requireSame(link, source);
  t.end();
});

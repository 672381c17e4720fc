import t from 'tap';
import { componentFault, isReserved, splitPath } from '../../protocol/index.js';
import { vectors } from '../fixtures/vectors.js';

for (const { name, path, root, components, error } of vectors('names')) {
  t.test(name, (t) => {
    const split = () => splitPath(path, { allowRoot: root === true });
    if (error === undefined) t.strictSame(split(), components);
    else t.throws(split, { name: 'ProtocolError', code: error });
    t.end();
  });
}

t.test('a component stands alone: what LIST leaves out (P-7.8)', (t) => {
  for (const good of ['a', '.a', 'a b', 'x'.repeat(255)]) t.equal(componentFault(good), undefined, good);
  for (const bad of ['', '.', '..', 'a/b', 'a\\b', 'a\n', '\ufeffa', '\ud800', 'a\udc00', 'x'.repeat(256)]) {
    t.type(componentFault(bad), 'string', JSON.stringify(bad));
  }
  t.ok(isReserved('.Sluice'));
  t.notOk(isReserved('sluice'));
  t.end();
});

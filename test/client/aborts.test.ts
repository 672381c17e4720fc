import { getEventListeners } from 'node:events';
import t from 'tap';
import { onAbort } from '../../lib/client/aborts.js';

t.test('one listener for all who wait; who has left is not called', (t) => {
  const controller = new AbortController();
  const called: string[] = [];
  for (const name of ['a', 'b']) onAbort(controller.signal, () => called.push(name));
  onAbort(controller.signal, () => called.push('c'))();
  t.equal(getEventListeners(controller.signal, 'abort').length, 1);
  const reason = new Error('enough');
  controller.abort(reason);
  t.same(called, ['a', 'b']);
  let told: Error | undefined;
  onAbort(controller.signal, (error) => (told = error));
  t.equal(told, reason, 'at once, when it is over already');
  onAbort(AbortSignal.abort('a word'), (error) => (told = error));
  t.match(told, { message: 'a word' });
  onAbort(undefined, () => t.fail('nobody can abort this'))();
  t.end();
});

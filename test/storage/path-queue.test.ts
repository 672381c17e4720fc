import t from 'tap';
import { PathQueue } from '../../lib/storage/path-queue.js';

t.test('those with one name go one after another, others at once', (t) => {
  const queue = new PathQueue();
  const went: string[] = [];
  const enter = (path: string, who: string): void => queue.enter(path, () => went.push(who));
  enter('a', 'a1');
  enter('a', 'a2');
  enter('b', 'b1');
  enter('a', 'a3');
  t.same(went, ['a1', 'b1']);
  queue.leave('a');
  queue.leave('a');
  t.same(went, ['a1', 'b1', 'a2', 'a3']);
  queue.leave('a');
  enter('a', 'a4');
  t.equal(went.at(-1), 'a4', 'a name that nobody has is free');
  t.end();
});

t.test('work on two names in either order ends, and so does work that fails', async (t) => {
  const queue = new PathQueue();
  let inside = 0;
  const work = async (): Promise<void> => {
    t.equal(++inside, 1);
    await new Promise(setImmediate);
    inside--;
    throw new Error('failed');
  };
  const orders = [
    ['x', 'y'],
    ['y', 'x'],
    ['y', 'z', 'x'],
    ['x', 'y', 'x'],
  ];
  const outcomes = await Promise.allSettled(orders.map((paths) => queue.run(paths, work)));
  t.ok(outcomes.every(({ status }) => status === 'rejected'));
  t.equal(await queue.run(['x', 'y'], () => Promise.resolve('free again')), 'free again');
});

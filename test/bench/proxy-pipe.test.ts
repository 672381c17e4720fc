import t from 'tap';
import { Line, Pipe } from '../../bench/proxy/pipe.js';

const bytes = (length: number, fill = 0): Uint8Array => new Uint8Array(length).fill(fill);
const lengths = (pieces: readonly Uint8Array[]): number[] => pieces.map(({ length }) => length);

// 1,000,000 bytes per second are 1,000 in each millisecond.
const RATE = 1_000_000;

t.test('a piece is due when the line has sent it and the delay has passed', (t) => {
  const pipe = new Pipe(new Line(RATE), 50, 10_000);
  t.equal(pipe.dueAt, undefined);
  pipe.push(bytes(2_000), 100);
  t.equal(pipe.dueAt, 152);
  t.same(lengths(pipe.take(151.9)), []);
  t.same(lengths(pipe.take(152)), [2_000]);
  t.same(lengths(pipe.take(152)), [], 'only once');
  t.end();
});

t.test('the rate holds, however the bytes come', (t) => {
  const pipe = new Pipe(new Line(RATE), 0, 1e9);
  // 100 pieces of 10 ms each, all at once: the last is there after a second.
  for (let i = 0; i < 100; i++) pipe.push(bytes(10_000), 0);
  t.same(lengths(pipe.take(499)), new Array(49).fill(10_000));
  t.same(lengths(pipe.take(999)), new Array(50).fill(10_000));
  t.equal(pipe.dueAt, 1_000);
  pipe.take(1_000);
  // An idle line saves nothing up.
  pipe.push(bytes(10_000), 5_000);
  t.equal(pipe.dueAt, 5_010);
  t.end();
});

t.test('pipes share their line', (t) => {
  const line = new Line(RATE);
  const [one, two] = [new Pipe(line, 10, 1e6), new Pipe(line, 10, 1e6)];
  one.push(bytes(5_000), 0);
  two.push(bytes(5_000), 0);
  t.equal(one.dueAt, 15);
  t.equal(two.dueAt, 20, 'it waited for the first one');
  t.end();
});

t.test('pieces come in order, unchanged', (t) => {
  const pipe = new Pipe(new Line(RATE), 1, 1e6);
  pipe.push(Uint8Array.of(1, 2), 0);
  pipe.push(Uint8Array.of(3), 0);
  pipe.push(Uint8Array.of(4, 5, 6), 0);
  t.same(pipe.take(100), [Uint8Array.of(1, 2), Uint8Array.of(3), Uint8Array.of(4, 5, 6)]);
  t.end();
});

t.test('it is full with what is on the way and with what its reader did not take', (t) => {
  const pipe = new Pipe(new Line(RATE), 10, 3_000);
  pipe.push(bytes(2_999), 0);
  t.equal(pipe.isFull, false);
  pipe.push(bytes(1), 0);
  t.equal(pipe.isFull, true);
  t.equal(pipe.take(1_000).length, 2);
  t.equal(pipe.isFull, true, 'it came to the end, and nobody has it');
  pipe.release(2_999);
  t.equal(pipe.isFull, false);
  t.equal(pipe.held, 1);
  t.equal(pipe.mostHeld, 3_000);
  t.end();
});

t.test('the end comes behind the last piece, and once', (t) => {
  const pipe = new Pipe(new Line(RATE), 10, 10_000);
  pipe.push(bytes(4_000), 0);
  pipe.end(1);
  t.equal(pipe.takeEnd(1_000), false, 'a piece is before it');
  pipe.take(14);
  t.equal(pipe.dueAt, 14);
  t.equal(pipe.takeEnd(13), false);
  t.equal(pipe.takeEnd(14), true);
  t.equal(pipe.takeEnd(15), false);
  t.equal(pipe.dueAt, undefined);
  t.end();
});

t.test('an end with nothing before it takes the delay too', (t) => {
  const pipe = new Pipe(new Line(RATE), 10, 10_000);
  pipe.end(100);
  t.equal(pipe.dueAt, 110);
  t.equal(pipe.takeEnd(109), false);
  t.equal(pipe.takeEnd(110), true);
  t.end();
});

import t from 'tap';
import { planGet } from '../../lib/cli/get-plan.js';
import { planPut } from '../../lib/cli/put-plan.js';

const U = 'sluice://h';

t.test('put: what goes where', (t) => {
  const paths = (...words: string[]): string[] => planPut(words).items.map(({ path }) => path);
  t.same(paths('a/b.txt', `${U}/`), ['b.txt']);
  t.same(paths('a/b.txt', U), ['b.txt']);
  t.same(paths('a/b.txt', `${U}/x/`), ['x/b.txt']);
  t.same(paths('a/b.txt', `${U}/x`), ['x']);
  t.same(paths('a', 'b/', `${U}/x/`), ['x/a', 'x/b'], 'a slash behind a source says nothing');
  t.same(paths('-', `${U}/x`), ['x']);
  t.same(paths('./-', `${U}/x/`), ['x/-'], 'a file of that name');
  t.end();
});

t.test('put: usage', (t) => {
  const cases: [string[], RegExp][] = [
    [[], /at least one FILE/],
    [[`${U}/`], /at least one FILE/],
    [['a', 'b', `${U}/x`], /several files need a folder/],
    [['-', `${U}/x/`], /standard input has no name/],
    [['/', `${U}/x/`], /no name of its own/],
    [['a/x', 'b/x', `${U}/`], /would both become x/],
    [['a', 'b'], /begins with sluice/],
    [[`${U}/`, 'a'], /the URL comes last/],
  ];
  for (const [words, message] of cases) t.throws(() => planPut(words), { code: 'usage', message }, words.join(' '));
  t.end();
});

t.test('get: what goes where', (t) => {
  const destinations = (words: string[], { recursive = false, folders = ['there', '.'] } = {}): string[] =>
    planGet(words, recursive, (path) => folders.includes(path)).items.map(({ destination }) => destination);
  t.same(destinations([`${U}/a/b`]), ['b']);
  t.same(destinations([`${U}/a`, `${U}/b`]), ['a', 'b']);
  t.same(destinations([`${U}/a/b`, 'there']), ['there/b']);
  t.same(destinations([`${U}/a/b`, 'new']), ['new']);
  t.same(destinations([`${U}/a`, `${U}/b`, 'there']), ['there/a', 'there/b']);
  t.same(destinations([`${U}/a`, '-']), ['-']);
  t.same(destinations([`${U}/tree`, 'there'], { recursive: true }), ['there/tree']);
  t.same(destinations([`${U}/tree/`, 'new'], { recursive: true }), ['new']);
  t.same(destinations([`${U}/`, 'there'], { recursive: true }), ['there'], 'what is served has no name');
  t.same(destinations([`${U}/`, 'new'], { recursive: true }), ['new']);
  t.end();
});

t.test('get: usage', (t) => {
  const cases: [string[], boolean, RegExp][] = [
    [[], false, /at least one URL/],
    [['a'], false, /begins with sluice/],
    [[`${U}/a`, `${U}/b`, 'new'], false, /several files need a folder/],
    [[`${U}/a`, `${U}/b`, '-'], false, /only one file/],
    [[`${U}/a`, '-'], true, /a folder does not fit/],
    [[`${U}/`, 'there'], false, /the URL names no file; add -r/],
    [[`${U}/a/x`, `${U}/b/x`], false, /would both become x/],
    [['there', `${U}/a`], false, /begins with sluice/],
  ];
  for (const [words, recursive, message] of cases) {
    t.throws(() => planGet(words, recursive, (path) => path === 'there'), { code: 'usage', message }, words.join(' '));
  }
  t.end();
});

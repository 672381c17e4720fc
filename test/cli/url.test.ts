import t from 'tap';
import { parseUrl } from '../../lib/cli/url.js';

t.test('a URL is read as it is written', (t) => {
  const cases: [string, { host?: string; port?: number; path?: string; folder?: boolean }][] = [
    ['sluice://h/a', { host: 'h', port: 45_000, path: 'a', folder: false }],
    ['sluice://h:1/a/b', { port: 1, path: 'a/b' }],
    ['SLUICE://Example.org:65535/x', { host: 'Example.org', port: 65_535, path: 'x' }],
    ['sluice://h', { path: '', folder: true }],
    ['sluice://h/', { path: '', folder: true }],
    ['sluice://h/a/', { path: 'a', folder: true }],
    ['sluice://127.0.0.1:8/a', { host: '127.0.0.1', port: 8 }],
    ['sluice://[::1]/a', { host: '::1', port: 45_000 }],
    ['sluice://[fe80::1%25eth0]:9/a', { host: 'fe80::1%eth0', port: 9 }],
    ['sluice://bücher.example/a', { host: 'xn--bcher-kva.example' }],
    ['sluice://h/a?b#c', { path: 'a?b#c' }],
    ['sluice://h/a%20b%25c', { path: 'a b%c' }],
    ['sluice://h/%252e', { path: '%2e' }],
    ['sluice://h/f%C3%BC', { path: 'fü' }],
    ['sluice://h/fü', { path: 'fü' }],
    ['sluice://h/a:b@c', { path: 'a:b@c' }],
    // Never normalised: whether such a path is allowed is for the protocol to say.
    ['sluice://h/a/../b', { path: 'a/../b' }],
    ['sluice://h/./b', { path: './b' }],
    ['sluice://h//b', { path: '/b' }],
    ['sluice://h/a//', { path: 'a/' }],
    ['sluice://h//', { path: '/' }],
    ['sluice://h/%2e%2e/b', { path: '../b' }],
    ['sluice://h/a%00', { path: 'a\0' }],
  ];
  for (const [text, expected] of cases) t.match(parseUrl(text), expected, text);
  t.end();
});

t.test('a URL that is none says why', (t) => {
  const cases: [string, RegExp][] = [
    ['localhost/a', /^localhost\/a: a URL begins with sluice:\/\/, for example sluice:\/\/localhost\/a$/],
    ['sluice:/h/a', /for example sluice:\/\/h\/a$/],
    ['', /for example sluice:\/\/localhost\/file$/],
    ['http://h/a', /the scheme is http:\/\/; a Sluice URL begins with sluice:\/\//],
    ['sluices://h/a', /TLS is not available/],
    ['sluice://', /the host is missing/],
    ['sluice:///a', /the host is missing/],
    ['sluice://:1/a', /the host is not valid/],
    ['sluice://me@h/a', /no user name/],
    ['sluice://h:0/a', /the port is a number from 1 to 65535/],
    ['sluice://h:65536/a', /the port is a number/],
    ['sluice://h:/a', /the port is a number/],
    ['sluice://h:1e3/a', /the port is a number/],
    ['sluice://::1/a', /stands in brackets: \[::1\]/],
    ['sluice://[::1/a', /the host is not valid/],
    ['sluice://[h]/a', /the host is not valid/],
    ['sluice://a b/c', /the host is not valid/],
    ['sluice://h?x/a', /the host is not valid/],
    ['sluice://h/100%', /percent-encoded UTF-8; a percent sign itself is written %25/],
    ['sluice://h/%ff', /percent-encoded UTF-8/],
    ['sluice://h/%c0%af', /percent-encoded UTF-8/],
  ];
  for (const [text, message] of cases) t.throws(() => parseUrl(text), { code: 'usage', message }, text);
  t.end();
});

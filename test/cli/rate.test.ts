import t from 'tap';
import { formatBytes, formatSeconds, Rate } from '../../lib/cli/rate.js';
import { errorLine } from '../../lib/cli/text.js';

t.test('a rate follows the last seconds', (t) => {
  const rate = new Rate(0);
  t.equal(rate.perSecond(0, 0), undefined, 'too early to tell');
  t.equal(rate.perSecond(1000, 1000), 1000);
  t.equal(rate.perSecond(2000, 2000), 1000);
  for (let at = 3000; at <= 20_000; at += 1000) rate.perSecond(2000, at);
  t.equal(rate.perSecond(2000, 21_000), 0, 'what is long past counts no more');
  t.equal(rate.average(2100, 21_000), 100, 'but it does in the average');
  t.end();
});

t.test('numbers for people', (t) => {
  t.same([0, 999, 1000, 1024 ** 2, 23.4 * 1024 ** 2, 1024 ** 3 * 700].map(formatBytes), [
    '0 B',
    '999 B',
    '0.98 KiB',
    '1.00 MiB',
    '23.4 MiB',
    '700 GiB',
  ]);
  t.same([0, 6.2, 750, 3723].map(formatSeconds), ['0:00', '0:07', '12:30', '1:02:03']);
  t.end();
});

t.test('an error is one line, whatever a name holds', (t) => {
  t.equal(errorLine('a\nb\x1b[31m: no', 'not-found'), 'sluice: a\\u000ab\\u001b[31m: no (not-found)\n');
  t.end();
});

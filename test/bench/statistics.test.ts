import t from 'tap';
import { median, pairedRatio, spread } from '../../bench/statistics.js';

t.test('median, spread, ratio by rounds', (t) => {
  t.equal(median([3]), 3);
  t.equal(median([3, 1, 2]), 2);
  t.equal(median([4, 1, 3, 2]), 2.5);
  t.same(spread([5, 1, 3]), { min: 1, median: 3, max: 5 });
  // The second round was slow for both: the medians alone would say 2.
  t.equal(pairedRatio([10, 1, 12], [5, 2, 6]), 2);
  t.equal(pairedRatio([1, 2, 9, 4], [1, 1, 1, 1]), 3);
  t.end();
});

import t, { type Test } from 'tap';
import { CreditWindow, ReceiveCredit, SendCredit } from '../../protocol/index.js';
import { type ReceiverStep, type SenderStep, vectors } from '../fixtures/vectors.js';

function replaySender(t: Test, limit: number | null, steps: readonly SenderStep[]): void {
  const credit = limit === null ? new SendCredit() : new SendCredit(limit);
  for (const step of steps) {
    if ('charge' in step) {
      credit.charge();
      t.equal(credit.available, step.available);
      continue;
    }
    const { epoch, chunks } = step.credit;
    const onCredit = () => credit.onCredit(epoch, chunks);
    if (step.error !== undefined) {
      t.throws(onCredit, { name: 'ProtocolError', code: step.error });
    } else {
      t.equal(onCredit(), step.begins);
      t.equal(credit.available, step.available);
      t.equal(credit.epoch, epoch);
    }
  }
}

function replayReceiver(t: Test, credit: ReceiveCredit, steps: readonly ReceiverStep[]): void {
  for (const step of steps) {
    if ('grant' in step) {
      credit.grant(step.grant);
    } else if ('revoke' in step) {
      credit.revoke();
      t.equal(credit.limit, 0);
      t.equal(credit.unused, 0);
    } else {
      const { epoch, first } = step.data;
      const accept = () => credit.accept(epoch, first);
      if (step.error !== undefined) t.throws(accept, { name: 'ProtocolError', code: step.error });
      else t.equal(accept(), step.accepted);
    }
  }
}

for (const row of vectors('credit')) {
  t.test(row.name, (t) => {
    if (row.side === 'sender') replaySender(t, row.limit, row.steps);
    else replayReceiver(t, new ReceiveCredit(row.epoch, row.limit), row.steps);
    t.end();
  });
}

t.test('what one side grants the other side may send, and not one chunk more', (t) => {
  const receiver = new ReceiveCredit();
  const sender = new SendCredit();
  for (const granted of [3, 1, 2]) {
    receiver.revoke();
    receiver.grant(granted);
    t.equal(sender.onCredit(receiver.epoch, receiver.limit), true);
    for (let left = granted; left > 0; left--) {
      t.equal(sender.available, left);
      t.equal(receiver.unused, left);
      sender.charge();
      t.equal(receiver.accept(sender.epoch, true), true);
    }
    t.equal(sender.available, 0);
    t.throws(() => receiver.accept(sender.epoch, true), { code: 'over-credit' });
  }
  t.end();
});

t.test('the window grows while nothing waits to be written, and shrinks while much does', (t) => {
  const window = new CreditWindow();
  t.equal(window.size, 12, 'before anything is known');
  for (let i = 0; i < 10; i++) window.onWritten(0);
  t.equal(window.size, 32, 'two for each chunk');
  window.onWritten(1);
  window.onWritten(12);
  t.equal(window.size, 32, 'some that wait are no harm');
  for (let i = 0; i < 100; i++) window.onWritten(13);
  t.equal(window.size, 12);
  for (let i = 0; i < 100; i++) window.onWritten(0);
  t.equal(window.size, 64, 'there is an end');
  t.end();
});

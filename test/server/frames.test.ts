import t from 'tap';
import { data, message, pack, rawFrame, TYPE } from '../fixtures/naive-frames.js';
import { startServer } from '../fixtures/server.js';

const stat = (stream: number): Buffer => message('STAT', stream, { path: '' });
const corrupt = (frame: Buffer): Buffer => {
  frame[17]! ^= 1;
  return frame;
};
const nested = (depth: number): Buffer =>
  Buffer.concat([Buffer.from('81a161', 'hex'), Buffer.alloc(depth, 0x91), Buffer.of(0xc0)]);

const breaches: { what: string; code: string; bytes: Buffer }[] = [
  {
    what: 'a payload length beyond the fragment size',
    code: 'frame-too-large',
    bytes: rawFrame({ type: TYPE.DATA, stream: 1, meta: Buffer.alloc(8), payloadLength: 0xffff_ffff }),
  },
  {
    what: 'a meta length beyond 32 KiB',
    code: 'frame-too-large',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, metaLength: 32_769 }),
  },
  { what: 'a bad header checksum', code: 'bad-crc', bytes: corrupt(stat(1)) },
  { what: 'an unknown type', code: 'unknown-type', bytes: rawFrame({ type: 0x77, stream: 1 }) },
  {
    what: 'an unknown flag',
    code: 'bad-frame',
    bytes: rawFrame({ type: TYPE.STAT, flags: 0x02, stream: 1, meta: pack({ path: '' }) }),
  },
  {
    what: 'a payload on a control frame',
    code: 'bad-frame',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, meta: pack({ path: '' }), payload: Buffer.alloc(1) }),
  },
  { what: 'a request on stream 0', code: 'bad-frame', bytes: stat(0) },
  { what: 'an even stream', code: 'bad-frame', bytes: stat(2) },
  { what: 'a PING on a stream', code: 'bad-frame', bytes: message('PING', 1, { id: 1 }) },
  {
    what: 'DATA with a meta of 9 bytes',
    code: 'bad-frame',
    bytes: rawFrame({ type: TYPE.DATA, stream: 1, meta: Buffer.alloc(9) }),
  },
  { what: 'a stream id beyond 2^31', code: 'wrong-state', bytes: stat(0x8000_0001) },
  { what: 'a frame for a stream that was never opened', code: 'wrong-state', bytes: message('CANCEL', 5) },
  { what: 'DATA for a stream that was never opened', code: 'wrong-state', bytes: data(5, 1, 0, Buffer.alloc(9)) },
  { what: 'a frame that only servers send', code: 'wrong-state', bytes: message('GOAWAY', 0, { reason: '' }) },
  { what: 'a RESULT from a client', code: 'wrong-state', bytes: message('RESULT', 1) },
  { what: 'a PONG that was not asked for', code: 'wrong-state', bytes: message('PONG', 0, { id: 4 }) },
  {
    what: 'a message that is no map',
    code: 'bad-message',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, meta: Buffer.of(0x93, 1, 2, 3) }),
  },
  { what: 'a request without its path', code: 'bad-message', bytes: message('STAT', 1, { paht: '' }) },
  { what: 'a path that is a number', code: 'bad-message', bytes: message('GET', 1, { path: 7, credit: 1 }) },
  {
    what: 'a string that claims 900 MiB',
    code: 'bad-message',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, meta: Buffer.from('81a470617468db3840000061', 'hex') }),
  },
  {
    what: 'an array that claims 4 billion items',
    code: 'bad-message',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, meta: Buffer.from('81a470617468ddffffffff', 'hex') }),
  },
  {
    what: 'a message nested 30,000 deep',
    code: 'bad-message',
    bytes: rawFrame({ type: TYPE.STAT, stream: 1, meta: nested(30_000) }),
  },
  {
    what: 'two PINGs at once',
    code: 'flood',
    bytes: Buffer.concat([message('PING', 0, { id: 1 }), message('PING', 0, { id: 2 })]),
  },
];

t.test('every breach is told by name, the connection ends, and the server lives on', async (t) => {
  const { client } = await startServer(t);
  for (const { what, code, bytes } of breaches) {
    const breaker = await client();
    breaker.write(bytes);
    t.equal(await breaker.connectionError(), code, what);
    await breaker.closed;
  }
  const honest = await client();
  t.equal(await honest.outcome(honest.request('STAT', { path: '' })), 'RESULT');
});

t.test('an ignorable frame is skipped with its payload (P-2.5)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  peer.write(
    rawFrame({
      type: 0x77,
      flags: 0x80,
      stream: 2,
      epoch: 9,
      meta: Buffer.alloc(300),
      payload: Buffer.alloc(100_000, 0xd3),
    }),
  );
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
});

t.test('stream ids only rise (P-4.1)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  peer.write(stat(7));
  t.equal(await peer.outcome(7), 'RESULT');
  peer.write(stat(7));
  t.equal(await peer.connectionError(), 'wrong-state');
});

t.test('frames for a stream that has ended are skipped (P-4.6)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  const stream = peer.request('STAT', { path: 'missing' });
  t.equal(await peer.outcome(stream), 'not-found');
  peer.send('CANCEL', stream);
  peer.send('CREDIT', stream, { chunks: 9 }, 3);
  peer.write(data(stream, 77, 12_345, Buffer.alloc(70_000)));
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
});

t.test('a PING is answered with its id (P-9.1)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  for (const id of [0, 0xffff_ffff, 5]) {
    peer.send('PING', 0, { id });
    t.equal((await peer.next('PONG')).fields['id'], id);
  }
});

t.test('the error frame arrives though the client is still sending (P-8.2)', async (t) => {
  const { client } = await startServer(t);
  const peer = await client();
  peer.write(rawFrame({ type: 0x77, stream: 1 }));
  // Unread input at a close would reset the connection and take the error frame with it.
  for (let i = 0; i < 64; i++) peer.write(Buffer.alloc(65_536));
  t.equal(await peer.connectionError(), 'unknown-type');
  await peer.closed;
});

t.test('more streams than allowed are refused one by one (P-4.4)', async (t) => {
  const { client } = await startServer(t, { streams: 3 });
  const peer = await client();
  const open = [1, 2, 3].map((n) => peer.request('PUT', { path: `file-${n}` }));
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'too-many-streams');
  peer.send('CANCEL', open[0]!);
  t.equal(await peer.outcome(open[0]!), 'cancelled');
  t.equal(await peer.outcome(peer.request('STAT', { path: '' })), 'RESULT');
});

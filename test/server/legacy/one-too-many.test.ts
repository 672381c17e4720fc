import t from 'tap';
import { startLegacyServer } from './legacy-server.js';

/** A refusal at once, before the first byte, could only be in frames, which old clients can't read. */
for (const request of ['LIST', '{"command": "LIST", "params": []}']) {
  t.test(`a client that is one connection too many is told so in its own protocol: ${request}`, async (t) => {
    const { peer } = await startLegacyServer(t, { maxConnections: 1 });
    await peer().ask('LIST');
    const second = peer();
    const reply = await second.ask(request);
    t.match(reply, { status: 'ERROR', data: /greatest number of connections; try again later/ });
    t.equal(reply['message'], reply['data']);
    await second.end();
    t.equal(second.untaken, '');
  });
}

t.test('requests cut into single bytes, and uploads that are under way, are refused no less', async (t) => {
  const { peer, files } = await startLegacyServer(t, { maxConnections: 1 });
  await peer().ask('LIST');
  const second = peer();
  for (const character of 'UPLOAD a.bin aGVsbG8=\r\n\r\n') second.send(character);
  t.match(await second.reply(), { status: 'ERROR' });
  await second.end();
  t.equal(second.untaken, '');
  t.same(files(), []);
});

t.test('who says nothing is told in frames after a while', async (t) => {
  const { peer, rawClient } = await startLegacyServer(t, { maxConnections: 1, timeouts: { refusal: 20 } });
  await peer().ask('LIST');
  t.equal(await rawClient().connectionError(), 'too-many-connections');
});

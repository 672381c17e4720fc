import t from 'tap';
import { FrameType, frameTypeName, isRequest } from '../../protocol/index.js';
import { documentTable } from '../fixtures/protocol-document.js';

const FRAME_TABLE = documentTable(['type', 'name', 'on', 'sent by', 'section']);

t.test('the document lists exactly the frame types of the code', (t) => {
  const documented = FRAME_TABLE.map(([type, name]) => [name!.toLowerCase(), Number(type)]);
  t.strictSame(documented, Object.entries(FrameType));
  for (const [name, type] of Object.entries(FrameType)) t.equal(frameTypeName(type), name);
  t.equal(frameTypeName(0x7f), undefined);
  t.end();
});

t.test('the requests are those that P-4.1 names: PUT to HASH', (t) => {
  const requests = FRAME_TABLE.map(([type]) => Number(type)).filter(isRequest);
  t.strictSame(requests, [0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17]);
  t.notOk(isRequest(0x0f));
  t.notOk(isRequest(0x18));
  t.end();
});

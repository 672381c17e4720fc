import t from 'tap';
import { hashOf } from '../../lib/workers/digests.js';
import { type Algorithm, CHUNK_SIZE, leafDigest, rootDigest } from '../../protocol/index.js';
import { documentSection, documentTable } from '../fixtures/protocol-document.js';
import { bytesOf, vectors } from '../fixtures/vectors.js';

const PATTERN = Buffer.alloc(
  CHUNK_SIZE + 1,
  Uint8Array.from({ length: 251 }, (_, i) => i),
);
const FILES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  'one byte 00': Buffer.alloc(1),
  abc: Buffer.from('abc'),
  'one chunk: the bytes 00 to fa again and again': PATTERN.subarray(0, CHUNK_SIZE),
  '1 MiB + 1: the same and one byte more': PATTERN,
};

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

t.test('the worked digests of section 6', (t) => {
  const examples = documentTable(['algorithm', 'file', 'leaves', 'root']);
  t.equal(examples.length, 2 * Object.keys(FILES).length, 'each file with both algorithms');
  for (const [algorithm, file, leavesText, root] of examples) {
    const content = FILES[file!]!;
    const hash = hashOf(algorithm as Algorithm);
    const leaves: Uint8Array[] = [];
    for (let at = 0; at < content.length; at += CHUNK_SIZE) {
      leaves.push(leafDigest(hash, content.subarray(at, at + CHUNK_SIZE)));
    }
    const expected = leavesText === 'none' ? [] : leavesText!.replaceAll('`', '').split(' ');
    t.strictSame(leaves.map(toHex), expected, `${algorithm!}, ${file!}: leaves`);
    t.equal(toHex(rootDigest(hash, algorithm as Algorithm, content.length, leaves)), root!.replaceAll('`', ''), 'root');
  }
  t.end();
});

t.test('the worked frames of section 10 are those of conversation.json', (t) => {
  const blocks = documentSection(10)
    .split('\n\n')
    .filter((block) => block.startsWith('    '))
    .map((block) => block.trim().split('\n'));
  const hex = blocks.map(([, ...lines]) => lines.join('').replaceAll(' ', ''));
  const rows = vectors('conversation');
  t.strictSame(hex, ['d3534c430d0a1a0a', ...rows.map((row) => bytesOf(row.hex).toString('hex'))]);

  const senders = blocks.slice(1).map(([title]) => title!.split(':')[0]);
  t.strictSame(
    senders,
    rows.map(({ from }) => from),
  );
  t.end();
});

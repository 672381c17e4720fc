import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { availableAlgorithms } from '../../lib/workers/digests.js';
import { COMMAND, startScript, startServe, temporaryFolder } from './command.js';

/** Prints at exit whether Node's crypto was loaded: it keeps a list of its own modules. */
const TELL = 'process.on("exit", () => console.log(process.moduleLoadList.includes("NativeModule crypto")))';

const skip = availableAlgorithms().includes('blake3') ? false : 'BLAKE3 is not available here';

t.test('a put that digests with BLAKE3 does not load node:crypto', { skip }, async (t) => {
  const { url } = await startServe(t);
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, 'content');
  const tell = (...words: string[]) =>
    startScript(t, '--import', [`data:text/javascript,${encodeURIComponent(TELL)}`, ...words]).result;
  t.match(await tell(COMMAND, 'put', '--quiet', file, `${url}there`), { code: 0, stdout: 'false\n' });
  t.match(await tell('-e', 'require("node:crypto")'), { code: 0, stdout: 'true\n' }, 'it can fail');
});

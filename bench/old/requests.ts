import { readdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

type Reply = Readonly<Record<string, string | readonly string[]>>;

/** Carries out one request of the JSON dialect. @returns the reply, without terminator, in ASCII */
export function carryOut(text: string, dir: string): string {
  try {
    return dumps(replyTo(text, dir));
  } catch (error) {
    return dumps({ status: 'ERROR', data: error instanceof Error ? error.message : String(error) });
  }
}

function replyTo(text: string, dir: string): Reply {
  const { command, params } = JSON.parse(text) as { readonly command: string; readonly params: readonly string[] };
  const [name = '', content = ''] = params;
  if (name !== basename(name)) throw new Error(`not the name of a file: ${name}`);
  const path = join(dir, name);
  switch (command) {
    case 'LIST':
      return { status: 'OK', data: readdirSync(dir).filter((file) => file.includes('.')) };
    case 'UPLOAD':
      writeFileSync(path, Buffer.from(content, 'base64'));
      return { status: 'OK', data_namafile: name };
    case 'GET':
      return { status: 'OK', data_namafile: name, data_file: readFileSync(path).toString('base64') };
    case 'DELETE':
      return remove(path, name);
    default:
      return { status: 'ERROR', data: 'request tidak dikenali' };
  }
}

function remove(path: string, name: string): Reply {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { status: 'ERROR', data: `File ${name} not found` };
  }
  return { status: 'OK', data: `File ${name} deleted successfully` };
}

/** As Python's `json.dumps` writes it. */
function dumps(reply: Reply): string {
  const members = Object.entries(reply).map(
    ([key, value]) => `"${key}": ${typeof value === 'string' ? quote(value) : `[${value.map(quote).join(', ')}]`}`,
  );
  return `{${members.join(', ')}}`;
}

function quote(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

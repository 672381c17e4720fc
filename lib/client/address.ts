import { isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import { DEFAULT_PORT } from '../../protocol/limits.js';

/** Where a server is. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
const AUTHORITY = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(.*))?$/;
const PLAIN_HOST = /^[A-Za-z0-9._-]+$/;

/**
 * Reads `HOST[:PORT]`; IPv6 stands in brackets.
 * @returns what is wrong with it, as a text, when it is none
 */
export function parseAddress(authority: string): Target | string {
  if (authority === '') return 'the host is missing: sluice://HOST[:PORT]/PATH';
  if (authority.includes('@')) return 'a URL has no user name or password';
  if (isIPv6(authority)) return `an IPv6 address stands in brackets: [${authority}]`;
  const [, address, name, port] = AUTHORITY.exec(authority) ?? [];
  const host = address === undefined ? readName(name ?? '') : readAddress(address);
  if (host === undefined) return 'the host is not valid';
  if (port === undefined) return { host, port: DEFAULT_PORT };
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number < 1 || number > 65_535) return 'the port is a number from 1 to 65535';
  return { host, port: number };
}

function readName(name: string): string | undefined {
  if (PLAIN_HOST.test(name)) return name;
  // An international name, then; domainToASCII would also read `0x7f.1` and the like as an address.
  const ascii = /[\u0080-\u{10ffff}]/u.test(name) ? domainToASCII(name) : '';
  return ascii === '' ? undefined : ascii;
}

/** `%25` before a zone is how RFC 6874 writes its percent sign. */
function readAddress(address: string): string | undefined {
  const plain = address.replace('%25', '%');
  return isIPv6(plain) ? plain : undefined;
}

import { nginx } from './nginx.js';
import type { Peer } from './peer.js';
import { rsync } from './rsync.js';
import { sftp } from './sftp.js';
import { vsftpd } from './vsftpd.js';

/** What a user would pick instead. */
export const PEERS: readonly Peer[] = [nginx, rsync, vsftpd, sftp];

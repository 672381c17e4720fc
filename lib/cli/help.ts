export const EXAMPLES = `
URLs are sluice://HOST[:PORT]/PATH, port 45000 by default. The path is
percent-decoded once (a space is %20, a percent sign %25) and otherwise taken as
it is written.

Examples:
  sluice serve ~/files                             serve a folder on this machine
  sluice put film.mkv sluice://localhost/          store it as film.mkv
  sluice put film.mkv sluice://localhost/a/b.mkv   store it as a/b.mkv
  sluice put -r photos notes sluice://localhost/   store both, with all in them
  tar c . | sluice put - sluice://localhost/x.tar  store what another command makes
  sluice get sluice://localhost/film.mkv           get it into this folder
  sluice get -r sluice://localhost/photos copy     get a folder as copy
  sluice get --range 0-99 sluice://localhost/film.mkv -
                                                   the first 100 bytes to stdout
  sluice ls -r --json sluice://localhost/          list everything, for a program
`;

export const EXIT_CODES = `
Exit codes:
  0    done
  1    something failed; stderr says what and why, one line for each
  2    the command line is wrong; nothing was done
  130  interrupted (143 by SIGTERM); what was not finished left nothing behind`;

export const SERVE_NOTES = `
Sizes are bytes, or KiB, MiB or GiB: 256MiB.

Prints "listening on HOST:PORT" when it is ready, and nothing else, on stdout;
logs go to stderr. There is no authentication yet, so listening on anything but
a loopback address needs --insecure.

SIGTERM or SIGINT (Ctrl-C) refuses what is new, finishes what is open for up to
30 s, and exits with 0. A second one exits with 1 at once.`;

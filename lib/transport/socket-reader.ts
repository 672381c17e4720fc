import * as net from 'node:net';

/** Takes the bytes of one socket. None of its methods may throw: a throw here would be an uncaught exception. */
export interface ByteSink {
  /** Where the next bytes belong; never empty. */
  view(): Uint8Array;
  /** `length` bytes were placed at the start of the last view. */
  advance(length: number): void;
}

/**
 * How bytes come from the socket: `direct`, the kernel places them in the sink's view; `plain`, 'data' events, copied. Plain is for TLS and
 * for platforms whose handles can't be given a buffer.
 */
export type SocketPath = 'direct' | 'plain';

export interface SocketReader {
  readonly socket: net.Socket;
  readonly path: SocketPath;
  /**
   * Asks the sink for its view again at once, so that the memory of the one before may be used for something else.
   * Rarely: each call by hand leaves a small object behind until the socket closes.
   */
  refreshView(): void;
}

/** The part of Node's TCP handle that is used here. It is no public API: nothing outside this file may know it. */
interface TcpHandle {
  useUserBuffer(buffer: Uint8Array): void;
}
type WithHandle = net.Socket & { _handle: TcpHandle | null };
/** `handle` and `onread` are options of the constructor that the type declarations leave out. */
type OpenWithHandle = net.SocketConstructorOpts & { handle: TcpHandle; onread: net.OnReadOpts };

/** Whether this Node can place bytes directly into our memory. */
function directHandle(socket: net.Socket): TcpHandle | undefined {
  const handle = (socket as WithHandle)._handle;
  if (handle === null || process.platform === 'win32') return undefined;
  return typeof handle.useUserBuffer === 'function' ? handle : undefined;
}

/** The public option of net.connect, which the constructor takes as well. */
function onread(sink: ByteSink): net.OnReadOpts {
  return {
    // Called after each callback, for the next read: the view it returns is pinned until then, or until the close.
    buffer: () => sink.view(),
    callback: (length) => {
      sink.advance(length);
      return true;
    },
  };
}

/**
 * Takes over a socket that a listener accepted with `pauseOnConnect` and `allowHalfOpen`. On the direct path the accepted
 * socket gives its handle to a new one and is destroyed, so the listener must keep its own set of sockets.
 */
export function adoptSocket(accepted: net.Socket, sink: ByteSink, path: SocketPath): SocketReader {
  const handle = path === 'direct' ? directHandle(accepted) : undefined;
  if (handle === undefined) return readPlainly(accepted, sink);
  const options: OpenWithHandle = { handle, allowHalfOpen: true, onread: onread(sink) };
  const socket = new net.Socket(options);
  // Otherwise the listener would wait for ever for the end of a socket that owns nothing any more.
  (accepted as WithHandle)._handle = null;
  accepted.destroy();
  return directReader(socket, sink);
}

/** Connects to a server. The socket is still connecting when this returns. */
export function connectSocket(host: string, port: number, sink: ByteSink, path: SocketPath): SocketReader {
  const options: net.NetConnectOpts = { host, port, allowHalfOpen: true };
  if (path === 'plain') return readPlainly(net.connect(options), sink);
  return directReader(net.connect({ ...options, onread: onread(sink) }), sink);
}

function directReader(socket: net.Socket, sink: ByteSink): SocketReader {
  // 'end' is only emitted to a socket that flows.
  socket.resume();
  return {
    socket,
    path: 'direct',
    refreshView: () => (socket as WithHandle)._handle?.useUserBuffer(sink.view()),
  };
}

function readPlainly(socket: net.Socket, sink: ByteSink): SocketReader {
  socket.on('data', (bytes: Buffer) => {
    for (let at = 0; at < bytes.length;) {
      const view = sink.view();
      const length = Math.min(view.length, bytes.length - at);
      view.set(bytes.subarray(at, at + length));
      sink.advance(length);
      at += length;
    }
  });
  socket.resume();
  return { socket, path: 'plain', refreshView: () => undefined };
}

/** Bytes that wait in the socket below Node's own queue; undefined where the handle doesn't tell. */
export function kernelBacklog(socket: net.Socket): number | undefined {
  const handle = (socket as net.Socket & { _handle: { writeQueueSize?: unknown } | null })._handle;
  return typeof handle?.writeQueueSize === 'number' ? handle.writeQueueSize : undefined;
}

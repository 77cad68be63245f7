interface Emits {
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What is needed of a pool of database connections, such as that of `pg`. */
interface Pool extends Emits {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "connect", listener: (connection: Emits) => void): unknown;
}

/**
 * Keep a database server that goes away from ending the process: connections that nobody uses, or that are being closed,
 * report it to nobody else. Whoever asks next is told.
 */
export function outliveServer(pool: Pool): void {
  pool.on("error", () => undefined);
  pool.on("connect", (connection) => connection.on("error", () => undefined));
}

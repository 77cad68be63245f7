import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { outliveServer } from "./outlive-server.js";

test("neither a pool nor a connection that it has let go of ends the process with its server", () => {
  const [pool, connection] = [new EventEmitter(), new EventEmitter()];
  outliveServer(pool);
  pool.emit("connect", connection);
  for (const each of [pool, connection])
    expect(() => each.emit("error", new Error("terminating connection"))).not.toThrow();
});

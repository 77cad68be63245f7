import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalAuthority } from "./local-authority.js";

/** An authority behind HTTP on this machine (RFC 3161, section 3.4). */
export interface ServedAuthority {
  readonly url: string;
  close(): Promise<void>;
}

/** @param now its clock, which need not be anybody else's */
export async function serveAuthority(
  authority: Pick<LocalAuthority, "answer">,
  now: () => Date,
): Promise<ServedAuthority> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      authority.answer(Buffer.concat(parts), now()).then(
        (answer) => response.setHeader("content-type", "application/timestamp-reply").end(answer),
        () => response.writeHead(400).end(),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

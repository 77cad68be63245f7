import { open } from "node:fs/promises";
import { type Document, LineCounter, parseDocument } from "yaml";

/** A configuration in YAML 1.2, with the places of what stands in it. */
export interface Configuration {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
  /** The first line of what is wrong with it as YAML, or null. */
  readonly broken: string | null;
}

/** Take the text of a configuration apart. Nothing is thrown: whoever asked has an error of his own for it. */
export function parseConfiguration(text: string): Configuration {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, strict: true, version: "1.2" });
  const [first] = document.errors;
  const broken = first === undefined ? null : (first.message.split("\n")[0] ?? "it is no YAML");
  return { document, lines, broken };
}

/**
 * The text of a configuration.
 *
 * @param options.maxBytes the largest there may be
 * @param options.unreadable makes the error to be thrown, with the sentence and the cause
 * @throws what `unreadable` made
 */
export async function readConfigurationText(
  file: string,
  options: {
    readonly maxBytes: number;
    readonly unreadable: (message: string, hint: string, cause: ErrorOptions) => Error;
  },
): Promise<string> {
  const { maxBytes, unreadable } = options;
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
      return await handle.readFile("utf8");
    } finally {
      await handle.close();
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "unknown";
    throw unreadable(`the configuration cannot be read: ${reason}`, "Name a YAML file with --config.", {
      cause,
    });
  }
}

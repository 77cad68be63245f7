import { OperationError } from "./error.js";
import { printable } from "./printable.js";

/** An error as the command line reports it. */
export interface DescribedError {
  /** 2 the user's mistake or bad input, 3 a fault. */
  readonly exitCode: 2 | 3;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/** Codes of errors that are nobody's mistake. */
const FAULTS: ReadonlySet<string> = new Set(["DISK_FAILED", "ABORTED", "WRITE_ABORTED", "INTERNAL"]);

/**
 * What to tell the user of anything that was thrown: errors of ours speak for themselves, those of the file system are
 * put into words, everything else is a fault of the program.
 */
export function describeError(error: unknown): DescribedError {
  const known = isOurs(error) ? error : fromFileSystem(error);
  if (known !== null) {
    const { code, message, hint } = known;
    return { exitCode: FAULTS.has(code) ? 3 : 2, code, message: oneLine(message), hint: oneLine(hint) };
  }
  return {
    exitCode: 3,
    code: "INTERNAL",
    message: oneLine(error instanceof Error ? `${error.name}: ${error.message}` : String(error)),
    hint: "This is a fault of indicia. Set INDICIA_DEBUG=1 to see where, and report it.",
  };
}

/** `code: message. hint` */
export function errorLine({ code, message, hint }: DescribedError): string {
  return `${code}: ${message.replace(/[.\s]+$/, "")}. ${hint}`;
}

type OurError = Error & { readonly code: string; readonly hint: string };

/** Every package has its own error class; a code and a hint are what they have in common. */
function isOurs(error: unknown): error is OurError {
  return (
    error instanceof Error &&
    "code" in error &&
    typeof error.code === "string" &&
    "hint" in error &&
    typeof error.hint === "string"
  );
}

function fromFileSystem(error: unknown): OperationError | null {
  if (!(error instanceof Error) || !("syscall" in error) || !("code" in error)) return null;
  const file = "path" in error && typeof error.path === "string" ? error.path : "a file";
  switch (error.code) {
    case "ENOENT":
      return new OperationError("FILE_NOT_FOUND", `${file} does not exist`, "Check the path.");
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new OperationError(
        "FILE_NOT_ALLOWED",
        `${file} may not be opened or written`,
        "Check its permissions.",
      );
    case "EISDIR":
      return new OperationError("FILE_KIND", `${file} is a folder`, "Name a file.");
    case "ENOTDIR":
      return new OperationError(
        "FILE_KIND",
        `${file} goes through something that is no folder`,
        "Check the path.",
      );
    case "EEXIST":
    case "ENOTEMPTY":
      return new OperationError(
        "FILE_EXISTS",
        // A new file is made under another name and then linked or renamed to its own.
        `${"dest" in error && typeof error.dest === "string" ? error.dest : file} is already there`,
        "Choose another name or remove it first.",
      );
    case "ENOSPC":
    case "EDQUOT":
    case "EIO":
      return new OperationError(
        "DISK_FAILED",
        `${file} could not be written: ${error.message}`,
        "Check the disk.",
      );
    default:
      return null;
  }
}

function oneLine(text: string): string {
  return printable(text.replace(/\s*\n\s*/g, " "));
}

import type { ProgramCall } from "@indicia/operations/options";
import type { Command } from "commander";
import type { CommandSpec } from "../command.js";
import { type Flags, handedOn } from "../flags.js";

/** Settings by which a service is found, and those of a service that runs. */
const PLACE = ["config", "data", "databaseUrl", "secretKeyFile", "logLevel"] as const;
const SERVING = [
  "host",
  "port",
  "role",
  "workers",
  "tlsCertificate",
  "tlsKey",
  "address",
  "proxies",
  "requestsPerMinute",
  "opsPort",
  "opsHost",
] as const;

function declarePlace(command: Command): Command {
  return command
    .option("--config <file>", "YAML with settings; each can also be given as INDICIA_VERIFIER_NAME")
    .option("--data <folder>", "where everything is kept (default: indicia-data)")
    .option("--database-url <url>", "a PostgreSQL for the rows, which several processes may share")
    .option(
      "--secret-key-file <file>",
      "key under which secrets are sealed (default: secret.key in the data folder)",
    )
    .option("--log-level <level>", "debug, info, warn, error or silent (default: info)");
}

export const verifier: CommandSpec<ProgramCall> = {
  name: "verifier",
  summary: "run the service in which a team examines suspects, until it is told to end",
  example: "indicia verifier --data indicia-data --port 8080",
  declare: (command) =>
    // What follows a command of the verifier's own is that command's.
    declarePlace(command.enablePositionalOptions())
      .option("--host <address>", "address to listen on (default: 127.0.0.1)")
      .option("--port <port>", "port to listen on, 0 for any (default: 8080)")
      .option("--role <role>", "all, api or worker; less than all takes a database URL (default: all)")
      .option("--workers <number>", "investigations that it runs at once (default: 2)")
      .option("--tls-certificate <file>", "PEM file, to answer https")
      .option("--tls-key <file>", "PEM file of its key")
      .option("--address <url>", "address that browsers use, where a proxy stands in front")
      .option("--proxies <networks>", "proxies whose x-forwarded-for is believed, with commas between them")
      .option("--requests-per-minute <number>", "most requests of one user (default: 6000)")
      .option("--ops-port <port>", "port for health and metrics without a sign-in")
      .option("--ops-host <address>", "address of that port (default: 127.0.0.1)"),
  read: (_, flags) => ({ args: ["serve", ...handedOn(flags, [...PLACE, ...SERVING])] }),
};

function called(name: string, flags: Flags, own: string): ProgramCall {
  return { args: [name, ...handedOn(flags, [own, ...PLACE])] };
}

export const verifierBackup: CommandSpec<ProgramCall> = {
  name: "verifier backup",
  summary: "write all that a verifier keeps, but its secret key, into one archive",
  example: "indicia verifier backup --data indicia-data --out backup.tar",
  declare: (command) => declarePlace(command.requiredOption("--out <file>", "archive to be written")),
  read: (_, flags) => called("backup", flags, "out"),
};

export const verifierRestore: CommandSpec<ProgramCall> = {
  name: "verifier restore",
  summary: "put a backup back, into an empty folder and an empty database of either kind",
  example: "indicia verifier restore --from backup.tar --data indicia-data",
  declare: (command) => declarePlace(command.requiredOption("--from <file>", "archive to be read")),
  read: (_, flags) => called("restore", flags, "from"),
};

export const verifierRotateKey: CommandSpec<ProgramCall> = {
  name: "verifier rotate-key",
  summary: "seal a verifier's secrets under another key",
  example: "indicia verifier rotate-key --data indicia-data --new-key new.key",
  declare: (command) =>
    declarePlace(
      command.requiredOption("--new-key <file>", "the other key; made where there is no such file"),
    ),
  read: (_, flags) => called("rotate-key", flags, "newKey"),
};

export const verifierTicket: CommandSpec<ProgramCall> = {
  name: "verifier ticket",
  summary: "print what signs a user in once, such as an admin who forgot his password",
  example: "indicia verifier ticket --data indicia-data --user admin",
  declare: (command) => declarePlace(command.requiredOption("--user <name>", "who is to be signed in")),
  read: (_, flags) => called("ticket", flags, "user"),
};

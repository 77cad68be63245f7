// No newer syntax than modules need: this file has to run on the Node that is too old, to say so.

const OLDEST = [20, 19];

/** Ends the process with exit code 2 and one line of advice where this Node is older than the oldest supported. */
export function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  process.stderr.write(
    `NODE_TOO_OLD: Node ${process.versions.node} is too old. Install Node ${OLDEST.join(".")} or newer.\n`,
  );
  process.exit(2);
}

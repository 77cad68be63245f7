// Checks an unpacked excerpt of a transcript with Node alone: node check-excerpt.mjs FOLDER
import { createHash, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const [, , folder = "."] = process.argv;
const bytesOf = (name) => readFileSync(`${folder}/${name}`);
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const hex = (bytes) => bytes.toString("hex");
const must = (holds, what) => {
  if (!holds) throw new Error(`This does not hold: ${what}`);
  console.log(`This holds: ${what}`);
};
/** What is signed: the pre-authentication encoding of DSSE v1. */
const encoded = (type, payload) =>
  Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
const registration = JSON.parse(bytesOf("registration/registration.json"));
const observation = JSON.parse(bytesOf("observation/observation.json"));
const excerpt = JSON.parse(bytesOf("excerpt.json"));
const commitment = hex(sha256(bytesOf("registration/registration.json")));
const seal = hex(sha256(bytesOf("observation/observation.json")));
// The registered Ed25519 key vouches for the P-256 key.
const ed25519 = createPublicKey(bytesOf("keys/ed25519.pem"));
const p256 = createPublicKey(bytesOf("keys/p256.pem"));
const binding = JSON.parse(bytesOf("keys/binding.json"));
const point = p256.export({ format: "der", type: "spki" }).subarray(-65);
const raw = hex(ed25519.export({ format: "der", type: "spki" }).subarray(-32));
must(raw === registration.signer, `keys/ed25519.pem is the signer of registration ${commitment}`);
const vouching = encoded("application/vnd.indicia.p256-key; version=1", point);
const vouched = verify(null, vouching, ed25519, Buffer.from(binding.signature, "hex"));
must(vouched, "it vouches for keys/p256.pem");
// The statement, signed with that key, names registration and seal.
const { dsseEnvelope } = JSON.parse(bytesOf("statement.sigstore.json"));
const payload = Buffer.from(dsseEnvelope.payload, "base64");
const signature = Buffer.from(dsseEnvelope.signatures[0].sig, "base64");
const signed = encoded("application/vnd.in-toto+json", payload);
must(verify("sha256", signed, p256, signature), "this key signed the statement");
const { subject } = JSON.parse(payload);
const names = (name, hash) => subject.some((each) => each.name === name && each.digest.sha256 === hash);
must(names("registration/registration.json", commitment), "the statement names the registration");
must(names("observation/observation.json", seal), `the statement names the seal ${seal}`);
// The sealed observation names the root of the transcript, and each line stands under it (RFC 9162, section 2.1.3.2).
const { entries, root } = observation.transcript;
must(
  excerpt.transcript.root === root && excerpt.transcript.entries === entries,
  `the sealed root is ${root}`,
);
const lines = bytesOf("observation/excerpt.jsonl").toString("latin1").split("\n").slice(0, -1);
must(lines.length === excerpt.lines.length, "every line comes with a proof");
for (const [i, text] of lines.entries()) {
  const line = Buffer.from(text, "latin1");
  const { index, proof } = excerpt.lines[i];
  let hash = sha256(Buffer.of(0), line);
  let [fn, sn] = [index, entries - 1];
  for (const each of proof.map((digits) => Buffer.from(digits, "hex"))) {
    const left = fn % 2 === 1 || fn === sn;
    hash = left ? sha256(Buffer.of(1), each, hash) : sha256(Buffer.of(1), hash, each);
    if (left) for (; fn % 2 === 0 && fn > 0; sn = Math.floor(sn / 2)) fn = Math.floor(fn / 2);
    [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
  }
  const { index: own, type, time, body } = JSON.parse(line);
  must(
    hex(hash) === root && sn === 0 && own === index,
    `line ${index} of ${entries} is in the sealed transcript`,
  );
  const hashed = body.sha256 === undefined || hex(sha256(Buffer.from(body.body, "base64"))) === body.sha256;
  must(hashed, `  ${time} ${type} ${body.method ?? body.status ?? body.reason ?? body.target ?? ""}`);
}
console.log(`${entries - lines.length} of ${entries} lines are withheld; of them this shows nothing.`);

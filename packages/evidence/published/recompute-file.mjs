// Recomputes the strongest statistic of an unpacked bundle with Node alone: node recompute.mjs FOLDER DISCLOSURE.json
import { createCipheriv, createHash, hkdfSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";

const [, , folder = ".", disclosed = "disclosure.json"] = process.argv;
const bytesOf = (name) => readFileSync(`${folder}/${name}`);
const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
const uint32 = (n) => Buffer.from([n >>> 24, n >>> 16, n >>> 8, n]);
const must = (holds, what) => {
  if (!holds) throw new Error(`This does not hold: ${what}`);
  console.log(`This holds: ${what}`);
};
const commitment = sha256(bytesOf("registration/registration.json"));
const registration = JSON.parse(bytesOf("registration/registration.json"));
const observation = JSON.parse(bytesOf("observation/observation.json"));
const conclusion = JSON.parse(bytesOf("conclusion.json"));
const disclosure = JSON.parse(readFileSync(disclosed, "utf8"));
// The registration commits to the sub-key: inclusion proof of RFC 9162, section 2.1.3.2.
const subKey = Buffer.from(disclosure.subKey, "hex");
let hash = sha256(Buffer.from("\0indicia/1/sub-key"), uint32(disclosure.index), sha256(subKey));
let [fn, sn] = [disclosure.index, registration.subKeys.count - 1];
for (const each of disclosure.proof.map((hex) => Buffer.from(hex, "hex"))) {
  const left = (fn & 1) === 1 || fn === sn;
  hash = left ? sha256(Buffer.of(1), each, hash) : sha256(Buffer.of(1), hash, each);
  if (left) for (; (fn & 1) === 0 && fn > 0; sn >>>= 1) fn >>>= 1;
  [fn, sn] = [fn >>> 1, sn >>> 1];
}
const known = hash.toString("hex") === registration.subKeys.root && sn === 0;
must(known && disclosure.index === conclusion.subKey, "the sub-key was committed to, and used");
const seal = sha256(bytesOf("observation/observation.json")).toString("hex");
const named = observation.registration === commitment.toString("hex");
must(named && conclusion.observation === seal, "registration, observation and conclusion name one another");
// The strongest witness, and the sealed residual that it stands on.
const [witness] = conclusion.witnesses;
const { mark, statistic } = witness;
const look = observation.looks.find(({ probes }) => probes === witness.probes);
const residual = look.residuals.find(({ id, carrier, formed }) =>
  mark === "weights"
    ? carrier.scheme === "weights/1" && id.includes("blind") === statistic.includes("blind")
    : statistic === (formed ? `${formed.residual}, ${formed.shaping}` : "read-out weights"),
);
const stored = bytesOf(`observation/${residual.file}`);
must(sha256(stored).toString("hex") === observation.files[residual.file], `${residual.file} was sealed`);
// From sub-key, commitment and beacon to the carrier: HKDF-SHA-256 (RFC 5869), ChaCha20 (RFC 8439), zero nonce.
const derive = (secret, purpose, salt) =>
  Buffer.from(hkdfSync("sha256", secret, salt, `indicia/1/${purpose}`, 32));
const due = registration.anchor?.beacon ?? null;
const round = due && JSON.parse(bytesOf("registration/beacon.json"));
must(round?.round === due?.round && round?.chain === due?.chain, "no other public randomness was registered");
const salt = round ? sha256(commitment, sha256(Buffer.from(round.signature, "hex"))) : commitment;
const seed = derive(subKey, "carrier", salt);
const keystream = (label, block, length) => {
  const start = Buffer.alloc(16);
  start.writeUInt32LE(block);
  return createCipheriv("chacha20", derive(seed, `stream/${label}`, ""), start).update(Buffer.alloc(length));
};
// A payload turns signs over: 32 bytes and their CRC-32 through the code of Larsen (1973), rate 1/4, memory 8.
const payload = (text) => {
  const message = Buffer.concat([Buffer.from(text)], 32);
  const frame = Buffer.concat([message, uint32(crc32(message)), Buffer.of(0)]);
  let register = 0;
  return Array.from({ length: 296 }, (_, t) => {
    register = (register >> 1) | (((frame[t >> 3] >> (7 - (t & 7))) & 1) << 8);
    return [0o463, 0o535, 0o733, 0o745].map((g) => (register & g).toString(2).replaceAll("0", "").length & 1);
  }).flat();
};
const committed = statistic.startsWith("committed") ? conclusion.payload : null;
if (committed) {
  const parts = ["indicia/1/payload\0", Buffer.from(committed.nonce, "hex"), committed.text];
  const opened = sha256(...parts.map((part) => Buffer.from(part))).toString("hex");
  must(opened === registration.payload, "the payload was committed to");
}
const text = committed ? committed.text : statistic.startsWith("decoded") ? witness.payload.text : null;
const turned = text === null ? new Array(1184).fill(0) : payload(text);
// Sums of integers, exact: sign times value, and value squared.
let [dot, squares, at] = [0n, 0n, 0];
const add = (minus) => {
  const r = BigInt(stored.readInt16LE(2 * at));
  dot += minus ? -r : r;
  squares += r * r;
};
if (mark === "readout") {
  const signs = keystream("readout/1", 0, Math.ceil(stored.length / 16));
  for (; at < stored.length / 2; at++) add((signs[at >> 3] >> (at & 7)) & 1);
} else
  for (const { label, start, count } of residual.carrier.segments) {
    const words = keystream(`weights/1/${label}`, start >>> 5, 2 * ((start & 31) + count));
    for (let i = start & 31; i < (start & 31) + count; i++, at++) {
      const word = words.readUInt16LE(2 * i);
      const pilot = (word & 2) === 0;
      if (pilot || !statistic.startsWith("pilot"))
        add((word & 1) ^ (pilot ? 0 : turned[((word >> 2) * 1184) >> 14]));
    }
  }
const T = squares === 0n ? 0 : Number(dot) / Math.sqrt(Number(squares));
const lnP = witness.corrections.reduce((sum, { lnFactor }) => sum + lnFactor, T > 0 ? (-T * T) / 2 : 0);
console.log(JSON.stringify({ statistic, T, lnP: Math.min(0, lnP) }));
const off = Math.min(0, lnP) - conclusion.log10PIdeal * Math.LN10;
must(Math.abs(off) <= 1e-9 * Math.max(1, -lnP), "the conclusion states this ln p");

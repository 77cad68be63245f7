import autocannon from "autocannon";

/**
 * Ask one address over and over, in a process of its own, and print what autocannon found.
 * Arguments: URL, API key, connections, seconds, and requests per second or 0 for as many as come back.
 */
const [url = "", key = "", connections, seconds, rate] = process.argv.slice(2);
const result = await autocannon({
  url,
  headers: { authorization: `Bearer ${key}` },
  connections: Number(connections),
  duration: Number(seconds),
  ...(Number(rate) > 0 ? { overallRate: Number(rate) } : {}),
});
process.stdout.write(JSON.stringify(result));

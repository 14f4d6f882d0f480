// A live GitHub that keeps state, made by somebody else, on this computer only: prints its address and
// serves until its input ends. Below /api/v3, as GitHub Enterprise has it.
import { createServer, request } from "node:http";
import { createEmulator } from "emulate";

const people = process.argv.slice(2);
const emulator = await createEmulator({
  service: "github",
  port: 0,
  hostname: "127.0.0.1",
  seed: {
    tokens: Object.fromEntries(people.map((name) => [`tok-${name}`, { login: `${name}-web` }])),
    github: {
      users: people.map((name) => ({ login: `${name}-web` })),
      orgs: [{ login: "lakeside" }],
      repos: [{ owner: "lakeside", name: "programme" }],
    },
  },
});
const inner = new URL(emulator.url);

const front = createServer((asked, answer) => {
  const onward = request(
    {
      host: "127.0.0.1",
      port: inner.port,
      method: asked.method,
      path: asked.url.replace(/^\/api\/v3/, ""),
      headers: asked.headers,
    },
    (given) => {
      answer.writeHead(given.statusCode, given.headers);
      given.pipe(answer);
    },
  );
  onward.on("error", () => answer.destroy());
  asked.pipe(onward);
});
front.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${front.address().port}`));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

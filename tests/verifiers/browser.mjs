// What the script of our own pages, templates/site/proof.js, says of badges: here in node instead of a browser.
// Reads {script, keys, cases: {name: text}} from standard input and writes {name: word}.
import {runInThisContext} from 'node:vm';

const {script, keys, cases} = JSON.parse(await new Response(process.stdin).text());
runInThisContext(script);
const proof = globalThis.mcredProof;
const answers = {};
for(const [name, text] of Object.entries(cases)) {
  const badge = proof.parse(new TextEncoder().encode(text));
  answers[name] = badge && proof.isRead(badge) ? await proof.check(badge, keys) : 'unreadable';
}
process.stdout.write(JSON.stringify(answers));

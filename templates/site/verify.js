// Checks a badge's file that someone chooses or drops here; nothing is sent anywhere. The issuer's keys and what was
// revoked are read once, when the page opens, so that it works without a network from then on.
"use strict";
(() => {
  const proof = globalThis.mcredProof;
  const checker = document.getElementById("checker");
  const panel = document.getElementById("checked");
  const state = document.getElementById("state");
  const verdict = panel.querySelector(".verdict");
  const KEYWORD = "openbadgecredential";
  const NAMESPACE = "https://purl.imsglobal.org/ob/v3p0";
  const LARGEST = 5 * 1024 * 1024;

  const read = async (address) => {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const known = Promise.all([checker.dataset.keys, checker.dataset.ended].map((address) => read(address).catch(() => null)));

  // Each chunk of a PNG whose keyword is a badge's; there has to be exactly one, uncompressed.
  const fromPicture = (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const found = [];
    for (let at = 8; at + 12 <= bytes.length;) {
      const length = view.getUint32(at);
      const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
      const data = bytes.subarray(at + 8, at + 8 + length);
      if (["iTXt", "tEXt", "zTXt"].includes(kind) && String.fromCharCode(...data.subarray(0, KEYWORD.length + 1)) === `${KEYWORD}\0`)
        found.push([kind, data.subarray(KEYWORD.length + 1)]);
      at += length + 12;
    }
    if (found.length !== 1 || found[0][0] !== "iTXt" || found[0][1][0] !== 0) return null;
    const rest = found[0][1].subarray(2);
    const language = rest.indexOf(0);
    const text = rest.indexOf(0, language + 1);
    return language < 0 || text < 0 ? null : rest.subarray(text + 1);
  };

  const fromDrawing = (bytes) => {
    const drawn = new DOMParser().parseFromString(new TextDecoder().decode(bytes), "image/svg+xml");
    const found = [...drawn.getElementsByTagNameNS(NAMESPACE, "credential")];
    if (found.length !== 1 || found[0].children.length) return null;
    return new TextEncoder().encode((found[0].textContent.trim() || found[0].getAttribute("verify")) ?? "");
  };

  const open = (bytes) => {
    const isPicture = bytes[0] === 0x89 && bytes[1] === 0x50;
    const begins = new TextDecoder().decode(bytes.subarray(0, 64)).trim();
    const inside = isPicture ? fromPicture(bytes) : begins.startsWith("<") ? fromDrawing(bytes) : bytes;
    const badge = inside && proof.parse(inside);
    return badge && proof.isRead(badge) ? badge : null;
  };

  const tell = (check, how) => {
    const line = panel.querySelector(`[data-check="${check}"]`);
    line.hidden = !how;
    line.className = ["revoked", "superseded"].includes(how) ? "bad" : how;
    line.textContent = line.dataset[how] ?? "";
    return how;
  };

  const statusOf = async (badge, ended) => {
    if (!ended || !window.crypto?.subtle) return "unable";
    const digest = await proof.contentDigest(badge);
    return ended.revoked.includes(digest) ? "revoked" : ended.replaced.includes(digest) ? "superseded" : "good";
  };

  const describe = (badge, file) => {
    const day = (text) => (typeof text === "string" ? text.slice(0, 10) : "");
    const named = [badge?.credentialSubject?.identifier ?? []].flat().find((one) => one?.identityType === "name");
    const values = [named?.identityHash, badge?.issuer?.name ?? (badge && proof.issuerOf(badge)), day(badge?.awardedDate ?? badge?.validFrom), day(badge?.validUntil), file];
    document.getElementById("name").textContent = typeof badge?.name === "string" ? badge.name : "";
    document.getElementById("name").hidden = !badge;
    document.getElementById("facts").replaceChildren(...panel.dataset.words.split("|").flatMap((word, n) => {
      if (typeof values[n] !== "string" || !values[n]) return [];
      const [pair, term, text, apart] = ["div", "dt", "dd", "bdi"].map((name) => document.createElement(name));
      [term.textContent, apart.textContent] = [word, values[n]];
      text.append(apart);
      pair.append(term, text);
      return [pair];
    }));
  };

  const judge = async (badge) => {
    if (!badge) return ["signature", "dates", "status"].forEach((check) => tell(check, "")) ?? "unreadable";
    const [keys, ended] = await known;
    const signature = keys ? await proof.check(badge, keys) : proof.proofsOf(badge).length ? "unable" : "unsigned";
    tell("signature", signature);
    const dates = proof.dates(badge, Date.now());
    tell("dates", ["early", "ended"].includes(dates) ? "bad" : dates);
    const ours = ["good", "retired", "older", "unable"].includes(signature);
    const status = tell("status", ours ? await statusOf(badge, ended) : "");
    if (!ours) return signature;
    if (status === "revoked" || status === "superseded") return status;
    if (signature === "retired") return signature;
    if (dates === "ended" || dates === "early") return dates;
    return signature !== "good" ? signature : dates === "unable" || status === "unable" ? "unable" : "good";
  };

  let turn = 0;
  const show = async (file) => {
    const mine = ++turn;
    panel.hidden = false;
    delete panel.dataset.verdict;
    verdict.textContent = verdict.dataset.running;
    state.textContent = "";
    state.className = "state";
    document.body.classList.remove("checked");
    describe(null, "");
    let [badge, how] = [null, "unreadable"];
    try {
      badge = file.size <= LARGEST ? open(new Uint8Array(await file.arrayBuffer())) : null;
      how = await judge(badge);
    } catch {
      badge = null; // A file that cannot be read is told as one.
    }
    if (mine !== turn) return; // another file was chosen meanwhile
    describe(badge, file.name);
    state.textContent = state.dataset[how];
    state.className = `state ${how}`;
    verdict.textContent = verdict.dataset[how];
    document.body.classList.toggle("checked", how === "good");
    panel.dataset.verdict = how;
    panel.scrollIntoView({ block: "nearest" });
  };

  checker.hidden = false;
  document.getElementById("file").addEventListener("change", (event) => event.target.files[0] && show(event.target.files[0]));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer?.files[0]) show(event.dataTransfer.files[0]);
  });
})();

// What a browser checks of a badge by itself: its signature with the issuer's keys (`proof.js`), that the file is the one
// this page speaks of, that both say the same, today's date, and the issuer's list of revoked badges as this site has it.
// What was found is said at the head of the page; a card for other sites has that alone.
"use strict";
(() => {
  const proof = globalThis.mcredProof;
  const state = document.getElementById("state");
  const said = state?.dataset;
  if (!said?.document) return;
  const panel = document.getElementById("checked");
  const verdict = panel?.querySelector(".verdict");
  const strip = document.getElementById("strip");
  const lines = Object.fromEntries([...(panel?.querySelectorAll("[data-check]") ?? [])].map((li) => [li.dataset.check, li]));
  const results = {};

  const tell = (check, how, more = "") => {
    results[check] = how;
    const short = strip?.querySelector(`[data-part="${check}"]`);
    if (short) short.className = how;
    const line = lines[check];
    if (!line) return;
    line.className = how;
    line.textContent = (line.dataset[how] || "") + (more ? ` ${more}` : "");
  };

  const read = async (address) => {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  };

  const checkFile = async (bytes) => {
    if (!window.crypto?.subtle) return tell("digest", "unable"); // only on pages by https or from this computer
    tell("digest", proof.hex(await proof.sha256(bytes)) === said.digest ? "good" : "bad");
  };

  const checkSignature = async (badge) => {
    try {
      const keys = JSON.parse(new TextDecoder().decode(await read(said.keys)));
      tell("signature", await proof.check(badge, keys));
    } catch {
      tell("signature", proof.proofsOf(badge).length ? "unable" : "unsigned");
    }
  };

  const nameOf = (badge) =>
    [badge.credentialSubject?.identifier ?? []].flat().find((one) => one?.identityType === "name")?.identityHash;

  const compare = (badge) => {
    const words = panel?.dataset.words.split("|") ?? [];
    const day = (text) => (typeof text === "string" ? text.slice(0, 10) : text);
    const pairs = [
      [words[0], said.name, badge.name],
      [words[1], said.earner, nameOf(badge)],
      [words[2], said.issuer, badge.issuer?.name],
      [words[3], said.version, badge.credentialSubject?.achievement?.version],
      [words[4], said.begins, day(badge.validFrom)],
      [words[5], said.ends, day(badge.validUntil ?? "")],
    ];
    const off = pairs.filter(([, page, own]) => own !== undefined && page !== own);
    if (off.length) tell("agree", "bad", off.map(([what, page, own]) => `${what} (“${page}”, “${own}”)`).join("; "));
    else tell("agree", "good");
  };

  const checkDates = (badge) => {
    const found = proof.dates(badge, Date.now());
    if (found === "unable") return tell("dates", "unable");
    results.early = found === "early";
    results.ended ||= found === "ended";
    tell("dates", results.early || results.ended ? "bad" : "good");
  };

  const isRevoked = async () => {
    const list = JSON.parse(new TextDecoder().decode(await read(said.list)));
    const text = list.credentialSubject.encodedList.replace(/^u/, "").replace(/-/g, "+").replace(/_/g, "/");
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bits = new Uint8Array(await new Response(stream).arrayBuffer());
    const place = Number(said.place);
    if (place >= bits.length * 8) throw new Error("no such place");
    return Boolean(bits[place >> 3] & (128 >> (place & 7)));
  };

  const checkStatus = async () => {
    if (!said.list) return tell("status", "none");
    try {
      tell("status", (await isRevoked()) ? "bad" : "good");
    } catch {
      tell("status", "unable");
    }
  };

  // The worst that was found; what the record says of a badge is never outdone by a file beside its page.
  const judge = () => {
    if (said.record === "revoked" || said.record === "superseded") return said.record;
    if (results.unreadable) return "unreadable";
    if (["digest", "agree", "signature"].some((check) => results[check] === "bad")) return "bad";
    if (results.signature === "foreign") return "foreign";
    if (results.status === "bad") return "revoked";
    if (results.signature === "idle") return "idle";
    if (results.ended) return "ended";
    if (results.early) return "early";
    if (results.signature === "unsigned" || said.record === "unsigned") return "unsigned";
    if (results.signature === "older") return "older";
    return ["signature", "digest", "agree", "dates", "status"].some((check) => results[check] === "unable") ? "unable" : "good";
  };

  const conclude = () => {
    const how = judge();
    state.textContent = said[how];
    state.className = `state ${how}`;
    said.verdict = how;
    document.body.classList.toggle("checked", how === "good");
    if (["revoked", "superseded"].includes(how)) strip?.querySelector('[data-part="status"]').setAttribute("class", "bad");
    const voided = !["good", "unable", "older", "unsigned"].includes(how);
    document.body.classList.toggle("voided", voided);
    for (const share of document.querySelectorAll(".share")) share.hidden = voided;
    if (!panel) return;
    verdict.textContent = verdict.dataset[how];
    panel.dataset.verdict = how;
  };

  const run = async () => {
    results.ended = Boolean(said.ends) && Date.now() > Date.parse(`${said.ends}T23:59:59Z`);
    if (panel) {
      panel.hidden = false;
      verdict.textContent = verdict.dataset.running;
    }
    try {
      const bytes = await read(said.document);
      await checkFile(bytes);
      const badge = proof.parse(bytes);
      results.unreadable = !badge;
      if (badge) {
        compare(badge);
        checkDates(badge);
        await checkSignature(badge);
      }
    } catch {
      // What could not be read is told below.
    }
    await checkStatus();
    for (const check of ["signature", "digest", "agree", "dates"]) if (!results[check]) tell(check, "unable");
    if (strip) strip.hidden = false;
    conclude();
  };
  run();
})();

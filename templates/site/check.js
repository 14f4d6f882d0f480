// What a browser can check of a badge by itself: that the file is the one this page speaks of, that both say the
// same, today's date, and the issuer's list of revoked badges as this site has it. The signature is of a kind that
// browsers cannot compute (it covers RDF statements, not bytes), and the page says so.
"use strict";
(() => {
  const panel = document.getElementById("checked");
  if (!panel || !window.crypto?.subtle) return;
  const verdict = panel.querySelector(".verdict");
  const lines = Object.fromEntries([...panel.querySelectorAll("[data-check]")].map((li) => [li.dataset.check, li]));
  const results = {};

  const tell = (check, how, more = "") => {
    const line = lines[check];
    results[check] = how;
    line.className = how;
    line.textContent = (line.dataset[how] || "") + (more ? ` ${more}` : "");
  };

  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const read = async (address) => {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  };

  const nameOf = (badge) =>
    [badge.credentialSubject?.identifier ?? []].flat().find((one) => one.identityType === "name")?.identityHash;

  const compare = (badge) => {
    const said = panel.dataset;
    const words = said.words.split("|");
    const pairs = [
      [words[0], said.name, badge.name],
      [words[1], said.earner, nameOf(badge)],
      [words[2], said.issuer, badge.issuer?.name],
      [words[3], said.version, badge.credentialSubject?.achievement?.version],
      [words[4], said.begins, badge.validFrom?.slice(0, 10)],
      [words[5], said.ends, badge.validUntil?.slice(0, 10) ?? ""],
    ];
    const off = pairs.filter(([, page, own]) => own !== undefined && page !== own);
    if (off.length) tell("agree", "bad", off.map(([what, page, own]) => `${what} (“${page}”, “${own}”)`).join("; "));
    else tell("agree", "good");
  };

  const checkDates = (badge) => {
    const [from, until] = [Date.parse(badge.validFrom), badge.validUntil ? Date.parse(badge.validUntil) : Infinity];
    if (Number.isNaN(from) || Number.isNaN(until)) return tell("dates", "unable");
    const now = Date.now();
    results.early = now < from;
    results.ended = now > until;
    tell("dates", results.early || results.ended ? "bad" : "good");
  };

  const isRevoked = async () => {
    const list = JSON.parse(new TextDecoder().decode(await read(panel.dataset.list)));
    const text = list.credentialSubject.encodedList.replace(/^u/, "").replace(/-/g, "+").replace(/_/g, "/");
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
    const bits = new Uint8Array(await new Response(stream).arrayBuffer());
    const place = Number(panel.dataset.place);
    if (place >= bits.length * 8) throw new Error("no such place");
    return Boolean(bits[place >> 3] & (128 >> (place & 7)));
  };

  const checkStatus = async () => {
    if (!panel.dataset.list) return tell("status", "none");
    try {
      tell("status", (await isRevoked()) ? "bad" : "good");
    } catch {
      tell("status", "unable");
    }
  };

  const conclude = () => {
    const revoked = results.status === "bad" || panel.dataset.record === "revoked";
    const off = results.digest === "bad" || results.agree === "bad";
    const how = results.digest === "unable" ? "unable"
      : off ? "bad" : results.signature === "bad" ? "unsigned" : revoked ? "revoked" : results.ended ? "ended" : results.early ? "early" : "good";
    verdict.textContent = verdict.dataset[how];
    panel.dataset.verdict = how;
    const state = document.getElementById("state");
    if (how === "ended" && state?.classList.contains("holds")) {
      state.textContent = state.dataset.ended;
      state.classList.replace("holds", "ended");
    }
  };

  const run = async () => {
    panel.hidden = false;
    verdict.textContent = verdict.dataset.running;
    try {
      const bytes = await read(panel.dataset.document);
      const digest = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
      tell("digest", digest === panel.dataset.digest ? "good" : "bad");
      const badge = JSON.parse(new TextDecoder().decode(bytes));
      compare(badge);
      checkDates(badge);
      await checkStatus();
      tell("signature", badge.proof ? "none" : "bad");
    } catch {
      for (const check of ["digest", "agree", "dates", "status"]) if (!results[check]) tell(check, "unable");
      tell("signature", "none");
    }
    conclude();
  };
  run();
})();

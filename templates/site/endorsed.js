// What a browser checks of each endorsement that a page shows: that its file is the one from which the page was made, its
// signature with the keys of those who endorse (`proof.js`), whether they withdrew it, and today's date. One that fails is
// struck out, and no longer said to be valid.
"use strict";
(() => {
  const proof = globalThis.mcredProof;
  const list = document.querySelector(".endorsed");
  const VOID = ["bad", "idle", "unsigned", "withdrawn", "early", "ended", "foreign", "whole"];

  const read = async (address) => {
    if (location.protocol === "file:") throw new Error("from a folder, a browser reads no file beside a page");
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return new Uint8Array(await answer.arrayBuffer());
  };
  const known = read(list.dataset.keys).then((bytes) => JSON.parse(new TextDecoder().decode(bytes))).catch(() => null);

  const check = async (file, digest) => {
    const bytes = await read(file);
    if (proof.hex(await proof.sha256(bytes)) !== digest) return "bad";
    const said = proof.parse(bytes);
    if (!said) return "older"; // a token
    return (await known) ? proof.checkEndorsement(said, await known, Date.now()) : "unable";
  };

  for (const item of list.querySelectorAll("[data-file]"))
    check(item.dataset.file, item.dataset.digest).catch(() => "unable").then((how) => {
      const isVoid = VOID.includes(how);
      item.classList.toggle("void", isVoid);
      item.querySelector(".made").hidden = isVoid;
      item.querySelector(".found").textContent = list.dataset[how];
      item.dataset.found = how;
    });
})();

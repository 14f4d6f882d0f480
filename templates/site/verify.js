// Checks a badge's file, or a zip file of several, that someone chooses or drops here; nothing is sent anywhere. The issuer's keys and what was
// revoked are read once, when the page opens, so that it works without a network from then on.
"use strict";
(() => {
  const [proof, unzip] = [globalThis.mcredProof, globalThis.mcredUnzip];
  const checker = document.getElementById("checker");
  const panel = document.getElementById("checked");
  const state = document.getElementById("state");
  const verdict = panel.querySelector(".verdict");
  const several = document.getElementById("several");
  const said = document.getElementById("said");
  const KEYWORD = "openbadgecredential";
  const NAMESPACE = "https://purl.imsglobal.org/ob/v3p0";
  const LARGEST = 5 * 1024 * 1024;
  const [MOST_SAID, MOST_WORDS] = [20, 200];

  const read = async (address) => {
    const answer = await fetch(address, { cache: "no-store", credentials: "omit" });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  };
  const { keys: ofIssuer, ended: noLonger, endorsers: ofEndorsers } = checker.dataset;
  const known = Promise.all([ofIssuer, noLonger, ofEndorsers].map((address) => read(address).catch(() => null)));

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

  // What a JWT signs; its signature, which a browser does not compute here, stands as a proof of a kind of its own.
  const fromToken = (text) => {
    try {
      const packed = text.trim().split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
      const said = proof.parse(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0)));
      const badge = said?.vc ?? said;
      return badge && { issuer: said.iss, ...badge, proof: [{ type: "JWT" }] };
    } catch {
      return null;
    }
  };

  const open = (bytes) => {
    const isPicture = bytes[0] === 0x89 && bytes[1] === 0x50;
    const begins = new TextDecoder().decode(bytes.subarray(0, 64)).trim();
    const inside = isPicture ? fromPicture(bytes) : begins.startsWith("<") ? fromDrawing(bytes) : bytes;
    const isToken = !isPicture && begins.startsWith("eyJ");
    const badge = isToken ? fromToken(new TextDecoder().decode(bytes)) : inside && proof.parse(inside);
    return badge && (proof.isRead(badge) || proof.isEndorsement(badge)) ? badge : null;
  };

  const tell = (check, how) => {
    const line = panel.querySelector(`[data-check="${check}"]`);
    line.hidden = !how;
    line.className = ["revoked", "superseded"].includes(how) ? "bad" : how;
    line.textContent = line.dataset[how] ?? "";
  };

  const statusOf = async (badge, ended) => {
    if (!ended || !window.crypto?.subtle) return "unable";
    const digest = await proof.contentDigest(badge);
    return ended.revoked.includes(digest) ? "revoked" : ended.replaced.includes(digest) ? "superseded" : "good";
  };

  const say = (badge) => {
    const day = (text) => (typeof text === "string" ? text.slice(0, 10) : "");
    const named = [badge?.credentialSubject?.identifier ?? []].flat().find((one) => one?.identityType === "name");
    return [named?.identityHash, badge?.issuer?.name ?? (badge && proof.issuerOf(badge)), day(badge?.awardedDate ?? badge?.validFrom), day(badge?.validUntil)];
  };
  const titleOf = (badge) => (typeof badge?.name === "string" ? badge.name : "");

  const make = (name, text, ...inside) => {
    const made = document.createElement(name);
    made.append(...(text ? [text] : []), ...inside);
    return made;
  };

  const describe = (title, values) => {
    const name = document.getElementById("name");
    name.textContent = title;
    name.hidden = !title;
    document.getElementById("facts").replaceChildren(...panel.dataset.words.split("|").flatMap((word, n) =>
      (typeof values[n] !== "string" || !values[n] ? [] : [make("div", "", make("dt", word), make("dd", "", make("bdi", values[n])))])));
  };

  // What others say of a badge, inside it: each is checked by itself, and none decides about the badge.
  const within = (badge) => [badge, badge.credentialSubject?.achievement, badge.issuer].flatMap((place) => {
    const [whole, tokens] = [place?.endorsement, place?.endorsementJwt].map((one) => (Array.isArray(one) ? one : []));
    const opened = tokens.filter((one) => typeof one === "string").map((one) => fromToken(one) ?? { proof: [{ type: "JWT" }] });
    return [...whole.filter(proof.isObject), ...opened];
  }).slice(0, MOST_SAID);

  // Who says what about which part of a badge, and what came of checking that; of an endorsement alone, about which id.
  const tellEndorsement = async (one, badge) => {
    const [, , endorsers] = await known;
    const how = endorsers ? await proof.checkEndorsement(one, endorsers, Date.now()).catch(() => "unable") : "unable";
    const [about, words] = [proof.asText(one.credentialSubject?.id), proof.asText(one.credentialSubject?.endorsementComment).trim()];
    const parts = badge ? [[badge.id, "badge"], [badge.credentialSubject?.achievement?.id, "definition"], [proof.issuerOf(badge), "issuer"]] : [];
    const part = parts.find(([id]) => id && id === about)?.[1];
    const what = badge ? said.dataset[part ? `of${part}` : "ofother"] : about;
    const cut = words.length > MOST_WORDS ? `${words.slice(0, MOST_WORDS)}…` : words;
    const who = proof.asText(one.issuer?.name) || proof.issuerOf(one);
    return [who, what, cut && `“${cut}”`, said.dataset[how]].filter(Boolean);
  };

  // What was found: check by check, and the worst of it.
  const judge = async (badge) => {
    if (!badge) return { how: "unreadable", said: [] };
    if (proof.isEndorsement(badge)) return { how: "endorsement", said: [await tellEndorsement(badge)] };
    const [keys, ended] = await known;
    const signature = keys ? await proof.check(badge, keys) : proof.proofsOf(badge).length ? "unable" : "unsigned";
    const dates = proof.dates(badge, Date.now());
    const ours = ["good", "idle", "older", "unable"].includes(signature);
    const status = ours ? await statusOf(badge, ended) : "";
    const sum = () => {
      if (!ours) return signature;
      if (status === "revoked" || status === "superseded") return status;
      if (signature === "idle") return signature;
      if (dates === "ended" || dates === "early") return dates;
      return signature !== "good" ? signature : dates === "unable" || status === "unable" ? "unable" : "good";
    };
    const told = await Promise.all(within(badge).map((one) => tellEndorsement(one, badge)));
    return { how: sum(), said: told, signature, dates: ["early", "ended"].includes(dates) ? "bad" : dates, status };
  };

  // The badges of a file: of an export one for each folder, and its pictures where they hold another one; of any other zip
  // file each one.
  const openAll = async (file) => {
    if (!(await unzip.isZip(file)))
      return [{ badge: file.size <= LARGEST ? open(new Uint8Array(await file.arrayBuffer())) : null, name: file.name }];
    const leading = new Map();
    const { badges, isExport } = await unzip.badgesIn(file);
    return badges.flatMap(([name, bytes]) => {
      const badge = open(bytes);
      if (!isExport) return [{ badge, name, zip: file.name }];
      const folder = name.slice(0, name.lastIndexOf("/") + 1);
      const text = JSON.stringify(badge);
      const apart = leading.has(folder);
      if (!apart) leading.set(folder, text);
      return apart && leading.get(folder) === text ? [] : [{ badge, name, zip: file.name, apart }];
    });
  };

  const listSaid = (lines) => lines.map((line) => make("li", "", ...line.flatMap((part, n) => [n ? " · " : "", make("bdi", part)])));

  const showOne = ({ badge, name, zip, how, said: told, ...lines }) => {
    describe(titleOf(badge), [...say(badge), zip ? `${zip}: ${name}` : name]);
    for (const check of ["signature", "dates", "status"]) tell(check, lines[check] ?? "");
    said.replaceChildren(...listSaid(told));
    state.textContent = state.dataset[how];
    state.className = `state ${how}`;
    verdict.textContent = verdict.dataset[how];
    document.body.classList.toggle("checked", how === "good");
    panel.dataset.verdict = how;
  };

  const showAll = (file, found) => {
    const valid = found.filter(({ how }) => how === "good").length;
    describe("", ["", "", "", "", file]);
    for (const check of ["signature", "dates", "status"]) tell(check, "");
    several.replaceChildren(...found.map(({ badge, name, how, said: told }) => {
      const mark = make("span", state.dataset[how]);
      mark.className = `state ${how}`;
      const [earner, , awarded] = say(badge);
      const about = make("span", "", make("bdi", [earner, awarded].filter((one) => typeof one === "string" && one).join(" · ")), make("br"), make("bdi", name));
      about.className = "small";
      const who = make("span", "", make("bdi", titleOf(badge)), make("br"), about);
      who.className = "who";
      if (told.length) who.append(Object.assign(make("ul", "", ...listSaid(told)), { className: "small" }));
      return make("li", "", who, make("span", "", mark));
    }));
    verdict.textContent = verdict.dataset[found.length ? "several" : "empty"].replace("{valid}", valid).replace("{count}", found.length);
    document.body.classList.toggle("checked", valid > 0);
    panel.dataset.verdict = !found.length ? "unreadable" : valid === found.length ? "good" : "several";
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
    several.replaceChildren();
    said.replaceChildren();
    describe("", []);
    const found = [];
    try {
      for (const one of await openAll(file)) {
        const judged = await judge(one.badge);
        found.push({ ...one, ...judged, how: one.apart && judged.how === "good" ? "other" : judged.how });
      }
    } catch {
      found.splice(0, found.length, { badge: null, name: file.name, how: "unreadable", said: [] }); // told as one that cannot be read
    }
    if (mine !== turn) return; // another file was chosen meanwhile
    state.hidden = found.length !== 1;
    if (found.length === 1) showOne(found[0]);
    else showAll(file.name, found);
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

// The signature of a badge, computed here: Ed25519 by the browser itself, over the badge's text as RFC 8785 spells it
// (the proof `eddsa-jcs-2022`, W3C Data Integrity EdDSA Cryptosuites 1.0, 3.3). No library and no network: the keys of
// the issuer are given. What is found is a word: "good", "bad", "foreign" (of an issuer who is not this one),
// "idle" (signed right, on a day on which the key was not in use), "unsigned", "older" (signed, but only in the way that browsers cannot compute) or "unable" (no Ed25519 here).
"use strict";
globalThis.mcredProof = (() => {
  const LARGEST = 256 * 1024;
  const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  const MEMBERS = ["@context", "created", "cryptosuite", "proofPurpose", "proofValue", "type", "verificationMethod"].join();
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

  // RFC 8785: names in the order of their UTF-16 code units, texts and numbers as JavaScript writes them.
  const canonical = (value) => {
    if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
    if (isObject(value)) return `{${Object.keys(value).sort().map((name) => `${canonical(name)}:${canonical(value[name])}`).join()}}`;
    if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw new Error("half of a character");
    return JSON.stringify(value);
  };

  const without = (object, name) => Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));

  const base58 = (text) => {
    let number = 0n;
    for (const letter of text) {
      const digit = ALPHABET.indexOf(letter);
      if (digit < 0) throw new Error("not base58");
      number = number * 58n + BigInt(digit);
    }
    const bytes = [];
    for (; number; number >>= 8n) bytes.unshift(Number(number & 255n));
    return Uint8Array.from([...Array(text.match(/^1*/)[0].length).fill(0), ...bytes]);
  };

  const keyOf = (multibase) => {
    const bytes = /^z6Mk[1-9A-HJ-NP-Za-km-z]{44}$/.test(multibase) ? base58(multibase.slice(1)) : [];
    return bytes.length === 34 && bytes[0] === 0xed && bytes[1] === 1 ? bytes.slice(2) : null;
  };

  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const hash = (value) => sha256(new TextEncoder().encode(canonical(value)));

  // One JSON object, or null. A name that stands twice is refused: readers differ in which of the two they take.
  const parse = (bytes) => {
    if (bytes.length > LARGEST) return null;
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      const found = JSON.parse(text);
      const names = (value) => (typeof value !== "object" || value === null ? 0
        : Object.values(value).reduce((sum, inner) => sum + names(inner), Array.isArray(value) ? 0 : Object.keys(value).length));
      const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
      return isObject(found) && names(found) === colons && canonical(found) ? found : null;
    } catch {
      return null;
    }
  };

  // Only a text is one: JavaScript would take a list with one text in it for the same name.
  const asText = (value) => (typeof value === "string" ? value : "");
  const issuerOf = (badge) => asText(isObject(badge.issuer) ? badge.issuer.id : badge.issuer);
  const proofsOf = (badge) => [badge.proof ?? []].flat().filter(isObject);

  const isComputed = (proof) => proof.type === "DataIntegrityProof" && proof.cryptosuite === "eddsa-jcs-2022";
  const isWhole = (proof) => Object.keys(proof).sort().join() === MEMBERS;

  const verifies = async (badge, proof, multibase) => {
    if (!isWhole(proof) || proof.proofPurpose !== "assertionMethod" || canonical(proof["@context"]) !== canonical(badge["@context"])) return "bad";
    if (typeof proof.proofValue !== "string" || !/^z[1-9A-HJ-NP-Za-km-z]{80,90}$/.test(proof.proofValue)) return "bad";
    const raw = keyOf(multibase);
    if (!raw) return "bad";
    let key;
    try {
      key = await crypto.subtle.importKey("raw", raw, { name: "Ed25519" }, false, ["verify"]);
    } catch {
      return "unable";
    }
    const signed = new Uint8Array(64);
    signed.set(await hash(without(proof, "proofValue")));
    signed.set(await hash(without(badge, "proof")), 32);
    return (await crypto.subtle.verify("Ed25519", key, base58(proof.proofValue.slice(1)), signed)) ? "good" : "bad";
  };

  // Whether a key was in use on the day, in UTC, that a proof names as its own.
  const wasUsed = (period, created) => {
    const moment = new Date(asText(created));
    if (Number.isNaN(moment.getTime())) return false;
    const day = moment.toISOString().slice(0, 10);
    return period.since <= day && (period.until === null || day <= period.until);
  };

  // `keys`: under each name that the issuer has, its keys by the name that proofs give them; and when each was in use.
  const check = async (badge, { issuers, periods }) => {
    if (!proofsOf(badge).length) return "unsigned";
    const keys = Object.hasOwn(issuers, issuerOf(badge)) ? issuers[issuerOf(badge)] : null;
    if (!keys) return "foreign";
    const ours = proofsOf(badge).filter(isComputed);
    if (!ours.length) return "older";
    if (!globalThis.crypto?.subtle) return "unable";
    const found = new Set();
    for (const proof of ours.slice(0, 8)) {
      const method = asText(proof.verificationMethod);
      const one = Object.hasOwn(keys, method) ? await verifies(badge, proof, keys[method]) : "bad";
      found.add(one === "good" && !wasUsed(periods[keys[method]], proof.created) ? "idle" : one);
    }
    return ["bad", "idle", "unable", "good"].find((word) => found.has(word));
  };

  // Signed like a badge, and none: what someone says of one.
  const isEndorsement = (found) => [found.type ?? []].flat().includes("EndorsementCredential");

  // The key that a did:key is, of whoever that may be, at any time.
  const ownKey = (did) => {
    const multibase = did.startsWith("did:key:") ? did.slice(8) : "";
    return { issuers: keyOf(multibase) ? { [did]: { [`${did}#${multibase}`]: multibase } } : {}, periods: { [multibase]: { since: "", until: null } } };
  };

  // The same words of an endorsement, and "withdrawn", "early", "ended"; "whole" where it is signed with the key that it names
  // itself, and `known` has no such signer: those who endorse, with their keys, and what each of them withdrew.
  const checkEndorsement = async (said, known, now) => {
    if (proofsOf(said).some((one) => isComputed(one) && !isWhole(one))) return "older"; // of other software, which has more in it
    const signer = issuerOf(said);
    const found = await check(said, known);
    if (found === "foreign") {
      const alone = await check(said, ownKey(signer));
      return alone === "good" ? "whole" : alone;
    }
    if (found !== "good") return found;
    const name = hex(await sha256(new TextEncoder().encode(`${signer}\n${asText(said.id)}`)));
    return Object.hasOwn(known.withdrawn, signer) && known.withdrawn[signer].includes(name) ? "withdrawn" : dates(said, now);
  };

  // What a badge says, as one digest that is the same however it is spelled and signed.
  const contentDigest = async (badge) => hex(await hash(without(badge, "proof")));

  const isRead = (badge) => Array.isArray(badge.type) && badge.type.includes("OpenBadgeCredential") && isObject(badge.credentialSubject);

  // "good", "early" or "ended" by this computer's clock, "unable" where the dates cannot be read.
  const dates = (badge, now) => {
    const [from, until] = [Date.parse(asText(badge.validFrom)), "validUntil" in badge ? Date.parse(asText(badge.validUntil)) : Infinity];
    if (Number.isNaN(from) || Number.isNaN(until)) return "unable";
    return now < from ? "early" : now > until ? "ended" : "good";
  };

  return { asText, check, checkEndorsement, contentDigest, dates, hex, isEndorsement, isObject, isRead, issuerOf, parse, proofsOf, sha256 };
})();

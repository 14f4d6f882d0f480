// The badges in a zip file, as `mcred export` writes it and other programs pack it again: `badges/…/badge.json`, `.png`
// and `.svg`. Where there are none, someone packed it by hand, and each file that may hold a badge is read as one. The file
// is anyone's: its list is bounded, a name that leads elsewhere or is there twice refuses all of it, and nothing is
// inflated further than a badge may be large. Only what is wanted is read, however large the rest is.
"use strict";
globalThis.mcredUnzip = (() => {
  const [MOST, LONGEST, ALL] = [5000, 2 * 1024 * 1024, 64 * 1024 * 1024];
  const [JSON_FILE, PICTURE] = [256 * 1024, 5 * 1024 * 1024];
  const LARGEST = { "badge.json": JSON_FILE, "badge.png": PICTURE, "badge.svg": PICTURE };
  const LEFT = [".git", "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"];
  const refuse = (why) => { throw new Error(`this zip file cannot be used: ${why}`); };
  const read = async (file, from, to) => new DataView(await file.slice(from, to).arrayBuffer());
  const lastOf = (name) => name.slice(name.lastIndexOf("/") + 1);

  // Its list of contents (APPNOTE 6.3.10, 4.3.16 and 4.3.12): where it is, and what is in it.
  const findList = async (file) => {
    const from = Math.max(0, file.size - 65535 - 22);
    const tail = await read(file, from, file.size);
    let at = tail.byteLength - 22;
    while (at >= 0 && tail.getUint32(at, true) !== 0x06054b50) at -= 1;
    if (at < 0) refuse("it is damaged");
    const [count, length, start] = [tail.getUint16(at + 10, true), tail.getUint32(at + 12, true), tail.getUint32(at + 16, true)];
    if (count > MOST || length > LONGEST || start + length > from + at) refuse("its list is too long, or damaged");
    return [count, await read(file, start, start + length)];
  };

  const nameOf = (bytes) => {
    const name = new TextDecoder().decode(bytes).replaceAll("\\", "/").replace(/^\.\//, "").normalize("NFC");
    const parts = name.replace(/\/$/, "").split("/");
    if (/[:\0]/.test(name) || parts.some((part) => ["", ".", ".."].includes(part))) refuse("a name in it leads elsewhere");
    return name;
  };

  const readList = (count, list) => {
    const found = new Map();
    for (let n = 0, at = 0; n < count; n += 1) {
      if (list.getUint32(at, true) !== 0x02014b50) refuse("it is damaged");
      const lengths = [28, 30, 32].map((place) => list.getUint16(at + place, true));
      const name = nameOf(new Uint8Array(list.buffer, at + 46, lengths[0]));
      const [how, kind] = [list.getUint16(at + 8, true), list.getUint16(at + 10, true)];
      const same = name.toLowerCase();
      if (found.has(same)) refuse("two of its parts have the same name");
      found.set(same, { name, locked: how & 1, kind, packed: list.getUint32(at + 20, true), size: list.getUint32(at + 24, true), at: list.getUint32(at + 42, true) });
      at += 46 + lengths[0] + lengths[1] + lengths[2];
    }
    return [...found.values()];
  };

  const inflate = async (packed, most) => {
    const reader = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const parts = [];
    for (let size = 0; ;) {
      const { done, value } = await reader.read();
      if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
      size += value.length;
      if (size > most) {
        await reader.cancel();
        refuse("something in it is too large");
      }
      parts.push(value);
    }
  };

  const open = async (file, entry, most) => {
    if (entry.locked || ![0, 8].includes(entry.kind)) refuse("it is locked, or packed in an unusual way");
    const head = await read(file, entry.at, entry.at + 30);
    if (head.getUint32(0, true) !== 0x04034b50) refuse("it is damaged");
    const start = entry.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    const packed = file.slice(start, start + entry.packed);
    if (entry.kind === 8) return inflate(packed, most);
    if (packed.size > most) refuse("something in it is too large");
    return new Uint8Array(await packed.arrayBuffer());
  };

  const isZip = async (file) => {
    if (file.size < 22) return false;
    return [0x04034b50, 0x06054b50].includes((await read(file, 0, 4)).getUint32(0, true));
  };

  const isLeftBehind = (part) => LEFT.includes(part) || part.startsWith("._");
  const isLoose = ({ name }) =>
    /\.(json|png|svg|jwt)$/i.test(name) && !name.startsWith("keys/") && !name.split("/").some(isLeftBehind);

  // The bytes of entries under the rest of their names, sorted. `cut`: one that is too large is empty, and refuses no other.
  const openAll = async (file, entries, root, cut) => {
    const badges = [];
    let left = ALL;
    for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
      const most = LARGEST[lastOf(entry.name)] ?? (/\.json$/i.test(entry.name) ? JSON_FILE : PICTURE);
      const bytes = cut && entry.size > most ? new Uint8Array() : await open(file, entry, Math.min(most, left));
      left -= bytes.length;
      badges.push([entry.name.slice(root.length), bytes]);
    }
    return badges;
  };

  // Each badge's name below the folder that holds them all, and its bytes; and whether that is a folder for each badge.
  const badgesIn = async (file) => {
    const entries = readList(...(await findList(file)));
    const named = entries.filter(({ name }) => Object.hasOwn(LARGEST, lastOf(name)) && !name.startsWith("__MACOSX/"));
    const roots = named.map(({ name }) => name.split("/")).filter((parts) => parts.includes("badges"))
      .map((parts) => parts.slice(0, parts.indexOf("badges") + 1).join("/"));
    if (!roots.length) return { badges: await openAll(file, entries.filter(isLoose), "", true), isExport: false };
    const root = `${roots.sort((one, other) => one.length - other.length)[0]}/`;
    return { badges: await openAll(file, named.filter(({ name }) => name.startsWith(root)), root, false), isExport: true };
  };

  return { badgesIn, isZip };
})();

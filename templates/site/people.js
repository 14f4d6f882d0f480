// Finds a person by name. The list is whole without this: it is on the pages, by name.
"use strict";
(() => {
  const form = document.getElementById("person");
  if (!form) return;
  const list = document.getElementById("people-found");
  const pages = document.getElementById("people");
  const found = form.querySelector(".found");
  const plain = (text) => text.toLowerCase().normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const spell = (letters) => letters.map((c) => (/[a-z0-9]/.test(c) ? c : `_${c.codePointAt(0).toString(16)}`)).join("");
  const files = new Map();
  const read = (letters) => {
    const file = `${form.dataset.names}${spell(letters)}.json`;
    if (!files.has(file))
      files.set(file, fetch(file).then((answer) => {
        if (answer.ok) return answer.json();
        files.delete(file);
        throw new Error(String(answer.status));
      }));
    return files.get(file);
  };

  // Everybody with a word in their name that begins with `word`; nothing where those are too many to read.
  const begin = async (word) => {
    const letters = [...word];
    let next = form.dataset.letters;
    for (let n = 1; n <= letters.length; n++) {
      if (![...next].includes(letters[n - 1])) return [];
      const { more, people } = await read(letters.slice(0, n));
      if (!more) return people;
      if (n === letters.length) return people.length ? people : null;
      next = more;
    }
  };

  let asked = 0;
  const search = async () => {
    const mine = ++asked;
    const words = wordsOf(form.elements.name.value).sort((a, b) => b.length - a.length);
    const show = (said, rows) => {
      if (mine !== asked) return;
      found.textContent = said;
      list.replaceChildren(...rows);
      list.hidden = rows.length === 0;
      pages.hidden = rows.length > 0;
    };
    if (!words.length) return show("", []);
    const { one, many, some, none, more, unable } = found.dataset;
    let people;
    try {
      people = await begin(words[0]);
    } catch {
      return show(unable, []);
    }
    if (!people) return show(more, []);
    const fits = people.filter(([name]) => {
      const own = wordsOf(name);
      return words.every((word) => own.some((part) => part.startsWith(word)));
    });
    const rows = fits.slice(0, 50).map(([name, school, id]) => {
      const row = document.createElement("li");
      const who = row.appendChild(document.createElement("span"));
      who.className = "who";
      const link = who.appendChild(document.createElement("a"));
      link.href = form.dataset.portfolio.replace("{id}", id);
      link.appendChild(document.createElement("bdi")).textContent = name;
      if (school) {
        const small = document.createElement("span");
        small.className = "small";
        small.appendChild(document.createElement("bdi")).textContent = school;
        who.append(" ", small);
      }
      return row;
    });
    const said = fits.length === 0 ? none : fits.length === 1 ? one : fits.length > 50 ? some : many;
    show(said.replace("{n}", String(fits.length)), rows);
  };

  form.hidden = false;
  form.addEventListener("input", search);
  form.addEventListener("reset", () => setTimeout(search));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
})();

// The catalogue's search and filters, with their state in the address. The page is a plain list until this runs,
// and everything is on it already.
"use strict";
(() => {
  const form = document.getElementById("finder");
  if (!form) return;
  const at = (id) => document.getElementById(id);
  const [results, facets, found, clear, loosen, chosen] = ["results", "facets", "found", "clear", "loosen", "chosen"].map(at);
  const CHECKED = ["topic", "kind", "language"];
  const PICKED = ["students", "hours"];

  // Accents, case and letters that are typed in another way make no difference.
  const TYPED = { ł: "l", ø: "o", đ: "d", ß: "ss", æ: "ae", œ: "oe", ı: "i" };
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "").replace(/[łøđßæœı]/g, (c) => TYPED[c]);
  const wordsOf = (text) => plain(text).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const lines = (text) => (text ? text.split("\n") : []);

  let cards = [];
  const readCards = () => {
    cards = [...results.querySelectorAll(".card")].map((card, place) => ({
      card,
      place,
      hours: Number(card.dataset.hours),
      students: card.dataset.students,
      topic: lines(card.dataset.topics),
      kind: card.dataset.kinds.split(" "),
      language: [card.dataset.language],
      title: plain(card.querySelector("h2, h3").textContent),
      text: plain(card.textContent),
      words: [...new Set(wordsOf(card.textContent))],
    }));
  };

  // How alike two words are, from 0 to 1: by the groups of three letters that both have.
  const groups = (word) => {
    const spaced = `  ${word} `;
    return new Set(Array.from({ length: spaced.length - 2 }, (_, n) => spaced.slice(n, n + 3)));
  };
  const known = new Map();
  const alike = (wanted, word) => {
    if (!known.has(word)) known.set(word, groups(word));
    const theirs = known.get(word);
    let both = 0;
    for (const group of wanted) both += theirs.has(group);
    return (2 * both) / (wanted.size + theirs.size);
  };

  // The cards that have all the words; where none has them, those whose words come nearest.
  const ALIKE = 0.5;
  const search = (wanted, among) => {
    const exact = among.filter((one) => wanted.every((word) => one.text.includes(word)));
    if (exact.length) return { fit: exact, near: false };
    const asked = wanted.map(groups);
    const scored = among
      .map((one) => ({ one, score: Math.min(...wanted.map((word, n) =>
        one.text.includes(word) ? 1 : word.length < 3 ? 0 : Math.max(0, ...one.words.map((theirs) => alike(asked[n], theirs))))) }))
      .filter(({ score }) => score >= ALIKE)
      .sort((a, b) => b.score - a.score);
    return { fit: scored.map(({ one }) => one), near: true };
  };

  const boxes = (name) => [...facets.querySelectorAll(`input[name="${name}"]`)];
  const pickedIn = (name) => boxes(name).filter((box) => box.checked).map((box) => box.value);
  const chosenNow = () => ({
    words: form.elements.words.value.trim(),
    ...Object.fromEntries(CHECKED.map((name) => [name, pickedIn(name)])),
    ...Object.fromEntries(PICKED.map((name) => [name, form.elements[name]?.value ?? ""])),
  });
  const countOf = (now) => [...CHECKED.flatMap((name) => now[name]), ...PICKED.map((name) => now[name]).filter(Boolean)].length;
  const passes = (one, now, but = "") =>
    CHECKED.every((name) => name === but || !now[name].length || now[name].some((value) => one[name].includes(value))) &&
    (!now.students || one.students === now.students) &&
    (!now.hours || (one.hours > 0 && one.hours <= Number(now.hours)));

  const show = () => {
    const now = chosenNow();
    const wanted = wordsOf(now.words);
    const matched = wanted.length ? search(wanted, cards) : { fit: cards, near: false };
    const fit = matched.fit.filter((one) => passes(one, now));
    const shown = new Set(fit);
    for (const one of cards) one.card.hidden = !shown.has(one);
    // Those with the words in their title come first; without words the order is the page's own.
    const rank = (one) => (matched.near ? matched.fit.indexOf(one) : wanted.every((word) => one.title.includes(word)) ? 0 : 1);
    const ordered = wanted.length ? [...fit].sort((a, b) => rank(a) - rank(b) || a.place - b.place) : cards;
    for (const list of results.querySelectorAll(".cards")) {
      const own = ordered.filter((one) => one.card.parentNode === list);
      if (own.some((one, n) => list.children[n] !== one.card)) list.prepend(...own.map((one) => one.card));
      (list.closest(".retired") ?? list).hidden = !own.some((one) => !one.card.hidden);
    }
    const narrowed = countOf(now);
    // Until further pages are taken over, the page's own numbers hold: they are of the whole catalogue.
    const isFirstPage = next && !now.words && !narrowed;
    for (const name of isFirstPage ? [] : CHECKED)
      for (const box of boxes(name)) {
        const count = matched.fit.filter((one) => one[name].includes(box.value) && passes(one, now, name)).length;
        const label = box.closest("label");
        label.querySelector(".count").textContent = count;
        label.classList.toggle("is-empty", !count && !box.checked);
      }
    chosen.textContent = narrowed || "";
    clear.hidden = !narrowed && !now.words;
    loosen.hidden = !narrowed || fit.length > 0 || !matched.fit.length;
    const { one, many, near, without, none } = found.dataset;
    const number = (n) => (n === 1 ? one : many.replace("{n}", n));
    if (!fit.length) found.textContent = loosen.hidden ? none : `${without} ${number(matched.fit.length)}`;
    else if (isFirstPage) found.textContent = number(Number(form.dataset.count));
    else found.textContent = matched.near ? `${near.replace("{words}", now.words)} ${number(fit.length)}` : number(fit.length);
    if (isPart && (now.words || narrowed)) found.textContent += ` ${found.dataset.unable}`;
  };

  // The address says what is searched, so that it can be reloaded, sent, and gone back to.
  const addressOf = (now) => {
    const query = new URLSearchParams();
    if (now.words) query.set("words", now.words);
    for (const name of CHECKED) for (const value of now[name]) query.append(name, value);
    for (const name of PICKED) if (now[name]) query.set(name, now[name]);
    const text = query.toString();
    return location.pathname + (text && `?${text}`);
  };
  const keep = (step) => {
    const address = addressOf(chosenNow());
    if (address === location.pathname + location.search) return;
    try {
      history[step](null, "", address);
    } catch {
      // A page opened from a folder may not change its address.
    }
  };
  const takeUp = () => {
    const query = new URLSearchParams(location.search);
    form.elements.words.value = query.get("words") ?? "";
    for (const name of CHECKED) for (const box of boxes(name)) box.checked = query.getAll(name).includes(box.value);
    for (const name of PICKED) {
      const select = form.elements[name];
      if (select) select.value = [...select.options].some((o) => o.value === query.get(name)) ? query.get(name) : "";
    }
    search_();
  };

  // A long catalogue has several pages: a search looks at all of them, so they are taken over when it begins. Where they
  // cannot be read, as from a folder, that is said; the next search tries again.
  let next = form.dataset.next;
  let isPart = false;
  const takeAll = async () => {
    if (location.protocol === "file:") throw new Error("from a folder, a browser reads no file beside a page");
    while (next) {
      const answer = await fetch(next);
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const list of page.querySelectorAll(".results .cards")) {
        const own = results.querySelector(list.closest(".retired") ? ".retired .cards" : ".results > .cards");
        if (own) own.append(...list.children);
        else results.insertBefore(document.importNode(list.closest(".retired") ?? list, true), results.querySelector(".turn"));
      }
      next = page.querySelector(".turn [rel=next]")?.getAttribute("href");
      readCards();
      show();
    }
    isPart = false;
    for (const turn of document.querySelectorAll(".turn")) turn.remove();
  };
  let taking;
  const search_ = async () => {
    const now = chosenNow();
    show();
    if (!next || !(now.words || countOf(now))) return;
    taking ??= takeAll().catch(() => { [taking, isPart] = [null, true]; });
    await taking;
    show();
  };

  let typing = false;
  form.parentNode.addEventListener("input", (event) => {
    const isTyped = event.target === form.elements.words;
    keep(isTyped && typing ? "replaceState" : "pushState");
    typing = isTyped;
    search_();
  });
  form.addEventListener("reset", () => setTimeout(() => {
    typing = false;
    keep("pushState");
    search_();
    form.elements.words.focus();
  }));
  loosen.addEventListener("click", () => {
    for (const name of CHECKED) for (const box of boxes(name)) box.checked = false;
    for (const name of PICKED) if (form.elements[name]) form.elements[name].value = "";
    keep("pushState");
    search_();
    form.elements.words.focus();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    typing = false;
    await search_();
    results.scrollIntoView();
  });
  window.addEventListener("popstate", takeUp);

  for (const box of boxes("language")) {
    try {
      const names = new Intl.DisplayNames([document.documentElement.lang], { type: "language" });
      box.closest("label").querySelector("bdi").textContent = names.of(box.value);
    } catch {
      // It is no language that the browser knows: its code stays.
    }
  }
  facets.open = window.matchMedia("(min-width: 60rem)").matches;
  form.hidden = facets.hidden = false;
  readCards();
  takeUp();
})();

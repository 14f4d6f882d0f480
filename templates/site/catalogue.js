// The catalogue's search and filters. The page is a plain list until this runs, and everything is on it already.
"use strict";
(() => {
  const form = document.getElementById("finder");
  if (!form) return;
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const listTopics = () => [...document.querySelectorAll(".topic")].map((section) => ({
    section,
    name: plain(section.querySelector("h2").textContent),
    cards: [...section.querySelectorAll(".card")].map((card) => ({
      card,
      id: card.dataset.id,
      hours: Number(card.dataset.hours),
      students: card.dataset.students,
      kinds: card.dataset.kinds.split(" "),
      text: plain(card.textContent),
    })),
  }));
  let topics = listTopics();

  // A long catalogue has several pages: a search looks at all of them, so they are taken over when it begins.
  let next = form.dataset.next;
  const takeAll = async () => {
    while (next) {
      const answer = await fetch(next);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const section of page.querySelectorAll(".topic")) {
        const here = document.getElementById(section.querySelector("h2").id)?.closest(".topic");
        if (here) here.querySelector(".cards").append(...section.querySelectorAll(".card"));
        else topics.at(-1).section.parentNode.insertBefore(document.importNode(section, true), document.querySelector(".topic ~ .turn"));
      }
      next = page.querySelector(".turn [rel=next]")?.getAttribute("href");
      topics = listTopics();
    }
    for (const turn of document.querySelectorAll(".turn")) turn.remove();
  };
  let taking;
  const search = async () => {
    filter();
    if (!next) return;
    taking ??= takeAll().catch(() => {});
    await taking;
    filter();
  };

  const jump = document.querySelector(".jump");
  const found = form.querySelector(".found");

  const filter = () => {
    const { words, effort, students, kind } = form.elements;
    const wanted = plain(words.value).split(/\s+/).filter(Boolean);
    const seen = new Set();
    for (const topic of topics) {
      let some = false;
      for (const card of topic.cards) {
        const fits =
          wanted.every((word) => card.text.includes(word) || topic.name.includes(word)) &&
          (!effort.value || (card.hours > 0 && card.hours <= Number(effort.value))) &&
          (!students.value || card.students === students.value) &&
          (!kind.value || card.kinds.includes(kind.value));
        card.card.hidden = !fits;
        some ||= fits;
        if (fits) seen.add(card.id);
      }
      topic.section.hidden = !some;
    }
    const narrowed = Boolean(wanted.length || effort.value || students.value || kind.value);
    if (jump) jump.hidden = narrowed;
    const { one, many, none } = found.dataset;
    found.textContent = seen.size === 0 ? none : seen.size === 1 ? one : many.replace("{n}", String(seen.size));
  };

  form.hidden = false;
  form.addEventListener("input", search);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await search();
    topics.find(({ section }) => !section.hidden)?.section.scrollIntoView();
  });
  filter();
})();

// The catalogue's search and filters. The page is a plain list until this runs, and everything is on it already.
"use strict";
(() => {
  const form = document.getElementById("finder");
  if (!form) return;
  const plain = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
  const topics = [...document.querySelectorAll(".topic")].map((section) => ({
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
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
    topics.find(({ section }) => !section.hidden)?.section.scrollIntoView();
  });
  filter();
})();

// Takes a page anew when something happened on the server.
"use strict";
(() => {
  const said = document.getElementById("live");
  const fresh = () => document.getElementById("fresh");
  if (!said || !("last" in fresh().dataset)) return;
  let source = null;
  let running = false;
  let waiting = false;

  // Whether somebody writes or marks something there.
  function isBusy(part) {
    const active = document.activeElement;
    const writes = part.contains(active) && active.matches("input:not([type=hidden])");
    const marked = getSelection();
    return writes || (!marked.isCollapsed && part.contains(marked.anchorNode));
  }

  function replace(text) {
    const next = new DOMParser().parseFromString(text, "text/html").getElementById("fresh");
    const old = fresh();
    if (!next) return false;
    const focused = old.contains(document.activeElement) && document.activeElement.id;
    for (const open of old.querySelectorAll("details[open][id]")) {
      const same = next.querySelector("#" + CSS.escape(open.id));
      if (same) same.open = true;
    }
    const left = [...old.querySelectorAll(".scroll")].map((part) => part.scrollLeft);
    old.replaceWith(document.adoptNode(next));
    [...next.querySelectorAll(".scroll")].forEach((part, at) => { part.scrollLeft = left[at] || 0; });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    return true;
  }

  async function take() {
    if (running || isBusy(fresh())) {
      waiting = true;
      return;
    }
    running = true;
    waiting = false;
    try {
      const answer = await fetch(fresh().dataset.page || location.href, { redirect: "error" });
      if (!answer.ok || !replace(await answer.text())) say("This page cannot be updated: load it again.");
    } catch {
      say("The server does not answer, or the session has ended.");
    }
    setTimeout(() => { running = false; if (waiting) take(); }, 500);
  }

  function say(text) {
    if (said.textContent !== text) said.textContent = text;
  }

  function watch() {
    source?.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource("/events");
    source.onopen = () => say("This page is updated live.");
    source.onmessage = (event) => { if (event.data !== fresh().dataset.last) take(); };
    source.onerror = () => say("The server does not answer, or the session has ended.");
  }

  setInterval(() => { if (waiting) take(); }, 2000);
  document.addEventListener("visibilitychange", watch);
  watch();
})();

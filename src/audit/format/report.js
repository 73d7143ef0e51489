"use strict";
(() => {
  const findings = [...document.querySelectorAll(".finding")];
  const sections = [...document.querySelectorAll(".section")];
  const texts = findings.map((one) => `${one.textContent} ${one.closest(".section").querySelector("h3").textContent}`.toLowerCase());
  const text = document.getElementById("text");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const visible = (one) => one.offsetParent !== null;
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    sections.forEach((one) => { one.hidden = false; });
    findings.forEach((one, at) => { one.hidden = !words.every((word) => texts[at].includes(word)); });
    const count = findings.filter(visible).length;
    sections.forEach((one) => { one.hidden = ![...one.querySelectorAll(".finding")].some(visible); });
    shown.textContent = `${count} of ${findings.length} shown`;
    none.hidden = count > 0;
  };
  document.querySelectorAll(".search, #shown").forEach((one) => { one.hidden = false; });
  text.addEventListener("input", filter);
  document.querySelectorAll(".filter input[type=checkbox]").forEach((one) => one.addEventListener("change", filter));
  document.getElementById("open").addEventListener("click", () => findings.forEach((one) => { one.open = visible(one); }));
  document.getElementById("close").addEventListener("click", () => findings.forEach((one) => { one.open = false; }));
  filter();
})();

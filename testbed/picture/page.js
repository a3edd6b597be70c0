"use strict";
// Shows one step at a time. All steps are in the page; without this script they stand one below the
// other.
const steps = [...document.querySelectorAll(".step")];
const entries = [...document.querySelectorAll(".operations button")];
const slider = document.querySelector("#slider");
const play = document.querySelector("#play");
const place = document.querySelector("#place");
let current = 0;
let timer = 0;

function show(index) {
  current = Math.max(0, Math.min(steps.length - 1, index));
  steps.forEach((step, i) => { step.hidden = i !== current; });
  entries.forEach((entry, i) => {
    if (i === current) entry.setAttribute("aria-current", "step");
    else entry.removeAttribute("aria-current");
  });
  const list = entries[current].closest("ol");
  const top = entries[current].offsetTop - list.offsetTop;
  if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - 40) {
    list.scrollTop = top - list.clientHeight / 2;
  }
  slider.value = current;
  slider.setAttribute("aria-valuetext", entries[current].textContent.trim());
  place.textContent = `${current + 1} of ${steps.length}`;
  // The name of no element, so that the browser does not scroll there.
  history.replaceState(null, "", `#${steps[current].dataset.operation}`);
}

function stop() {
  clearInterval(timer);
  timer = 0;
  play.textContent = "Play";
}

function toggle() {
  if (timer) return stop();
  if (current === steps.length - 1) show(0);
  play.textContent = "Pause";
  timer = setInterval(() => {
    show(current + 1);
    if (current === steps.length - 1) stop();
  }, 800);
}

function go(index) {
  stop();
  show(index);
}

const moves = {
  ArrowLeft: () => go(current - 1), ArrowUp: () => go(current - 1),
  ArrowRight: () => go(current + 1), ArrowDown: () => go(current + 1),
  PageUp: () => go(current - 10), PageDown: () => go(current + 10),
  Home: () => go(0), End: () => go(steps.length - 1),
};
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const move = event.key === " " && event.target === document.body ? toggle : moves[event.key];
  const around = event.target.closest(".scroll");
  const scrolls = around && around.scrollWidth > around.clientWidth && event.key.startsWith("Arrow");
  if (!move || scrolls) return;
  event.preventDefault();
  move();
});
entries.forEach((entry, i) => entry.addEventListener("click", () => go(i)));
slider.addEventListener("input", () => go(Number(slider.value)));
play.addEventListener("click", toggle);
document.querySelector("#back").addEventListener("click", () => go(current - 1));
document.querySelector("#forth").addEventListener("click", () => go(current + 1));
document.querySelector(".controls").hidden = false;
const asked = steps.findIndex((step) => `#${step.dataset.operation}` === location.hash);
show(asked >= 0 ? asked : steps.length - 1);

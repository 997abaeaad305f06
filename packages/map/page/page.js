// What the page does beyond its HTML: without this, boxes lead to the table and the ways can be chosen all the same.
const panel = document.querySelector(".panel");
const content = panel.querySelector(".content");
/** The box that the panel is about. */
let opened;

function close() {
  if (opened === undefined) return;
  panel.hidden = true;
  for (const box of document.querySelectorAll("[aria-current]")) box.removeAttribute("aria-current");
  opened.focus();
  opened = undefined;
}

function open(box) {
  const href = box.getAttribute("href");
  const row = document.getElementById(href.slice(1));
  const heading = document.createElement("h2");
  heading.id = "panel-name";
  heading.textContent = row.querySelector("th").textContent;
  const condition = document.createElement("p");
  condition.textContent = [...row.querySelectorAll("td")]
    .slice(0, 2)
    .map((cell) => cell.textContent)
    .filter(Boolean)
    .join(", ");
  content.replaceChildren(heading, condition, row.querySelector("dl").cloneNode(true));
  for (const other of document.querySelectorAll("[aria-current]")) other.removeAttribute("aria-current");
  for (const same of document.querySelectorAll(`.open[href="${href}"]`)) same.setAttribute("aria-current", "true");
  // It hides no box that it is about.
  const { left, width } = box.getBoundingClientRect();
  panel.classList.toggle("left", left + width / 2 > innerWidth / 2);
  opened = box;
  panel.hidden = false;
  panel.focus();
}

for (const box of document.querySelectorAll(".open")) {
  box.addEventListener("click", (event) => {
    event.preventDefault();
    open(box);
  });
}
panel.querySelector("button").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") close();
});
document.addEventListener("pointerdown", (event) => {
  if (!panel.contains(event.target) && !event.target.closest(".open")) close();
});

// A file that is opened from a disk may have no storage.
const remembered = "k3s-lab-map-theme";
try {
  const theme = document.getElementById(`theme-${localStorage.getItem(remembered)}`);
  if (theme) theme.checked = true;
} catch {}
for (const theme of document.querySelectorAll('[name="theme"]')) {
  theme.addEventListener("change", () => {
    try {
      localStorage.setItem(remembered, theme.value);
    } catch {}
  });
}

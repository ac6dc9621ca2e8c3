// When a job takes place: said in a box, which the server reads, or picked; either fills the other.
// What the server understood, and who is free then, is told to the page as "jobops:slot".

import { asker, soon } from "./ask.js";
import { bar } from "./bar.js";

export function schedule(root, jobs = () => []) {
  const text = root.querySelector("input[name$=schedule]");
  const understood = root.querySelector("[data-understood]");
  const [day, start, end] = ["scheduled_date", "start_time", "end_time"].map((name) =>
    root.querySelector(`[data-part=${name}]`),
  );
  const ask = asker(root.dataset.url);

  function tell(message, kind) {
    understood.textContent = message;
    understood.dataset.kind = kind;
  }

  function put(select, value) {
    if (value && ![...select.options].some((option) => option.value === value)) {
      select.add(new Option(value, value));
    }
    select.value = value;
  }

  function take(answer) {
    text.setAttribute("aria-invalid", String(Boolean(answer.problem)));
    if (answer.problem) {
      // Of what was sent, the page itself has said it.
      const isSaid = text.closest(".errors") && text.value === text.defaultValue;
      tell(isSaid ? "" : answer.problem, "bad");
      return;
    }
    day.value = answer.day;
    put(start, answer.start);
    put(end, answer.end);
    tell([answer.text, answer.note].filter(Boolean).join(" · "), answer.note ? "late" : "good");
    offer();
    root.dispatchEvent(new CustomEvent("jobops:slot", { bubbles: true, detail: answer }));
  }

  // What was picked is said in the words in which the server reads it back.
  async function read({ picked = false } = {}) {
    const asked = text.value;
    const answer = await ask({ text: asked, job: jobs() }).catch(() => null);
    // Of what was typed on meanwhile, its own answer is on the way.
    if (!answer || text.value !== asked) return;
    take(answer);
    if (picked && !answer.problem) text.value = answer.text;
  }

  const readSoon = soon(read);
  text.addEventListener("input", readSoon);

  function say() {
    const times = start.value && (end.value ? `${start.value}-${end.value}` : start.value);
    text.value = [day.value, day.value && times].filter(Boolean).join(" ");
    read({ picked: true });
  }

  const minutes = (value) => value.split(":").reduce((hours, rest) => hours * 60 + +rest, 0);
  const clock = (number) =>
    [Math.floor(number / 60), number % 60].map((each) => String(each).padStart(2, "0")).join(":");
  let takes = 60;
  const lasts = (number) => put(end, clock(Math.min(minutes(start.value) + number, 24 * 60 - 1)));

  day.addEventListener("change", say);
  start.addEventListener("change", () => {
    // The end moves along with the start.
    if (start.value) lasts(takes);
    else end.value = "";
    say();
  });
  end.addEventListener("change", () => {
    if (!end.value) start.value = "";
    say();
  });

  const chips = [...root.querySelectorAll("[data-minutes]")];
  const bars = [...root.querySelectorAll("[data-bar]")].map(bar);

  function offer() {
    const has = Boolean(start.value && end.value);
    if (has) takes = minutes(end.value) - minutes(start.value);
    for (const chip of chips) {
      chip.disabled = !start.value;
      chip.setAttribute("aria-pressed", String(has && +chip.dataset.minutes === takes));
    }
    for (const chip of root.querySelectorAll("[data-day]")) {
      chip.setAttribute("aria-pressed", String(chip.dataset.day === day.value));
    }
    for (const update of bars) update();
  }

  root.addEventListener("click", ({ target }) => {
    const chip = target.closest(".jobops-chip");
    if (!chip) return;
    if (chip.dataset.day) day.value = chip.dataset.day;
    else lasts(+chip.dataset.minutes);
    say();
  });

  // Picked by whoever was quicker than this script, or comes back to the page: the browser puts
  // back what they picked, and not what they said.
  const isOther = (option) => option.selected !== option.defaultSelected;
  const isPicked = () => text.value === text.defaultValue
    && (day.value !== day.defaultValue || [...start.options, ...end.options].some(isOther));

  offer();
  if ((day.value && !text.value) || isPicked()) say();
  else read();
  addEventListener("pageshow", () => isPicked() && say());
}

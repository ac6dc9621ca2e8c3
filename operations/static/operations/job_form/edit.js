// The form of a job, which opens with the cursor in the field that was asked for.

import { beginIn } from "./cursor.js";
import { savedByKeys } from "./keys.js";
import { schedule } from "./schedule.js";
import { sitesOf } from "./site.js";
import { tasks } from "./tasks.js";
import { technician } from "./technician.js";

const form = document.getElementById("job_form");
const page = form.querySelector("[data-job]");
const { job, asked } = page.dataset;

for (const list of form.querySelectorAll("[data-tasks]")) tasks(list);
technician(form.querySelector("[data-technician]"));
schedule(form.querySelector("[data-schedule]"), () => [job]);
sitesOf(document.getElementById("id_customer"), document.getElementById("id_site"));
savedByKeys(form);

function field() {
  // At the end of the tasks, where the next one begins.
  if (asked === "tasks") return [...form.querySelectorAll("[data-tasks] input[name$=-title]")].at(-1);
  const place = form.querySelector(`[data-field="${CSS.escape(asked)}"]`);
  return place?.querySelector("input:not([type=hidden]), textarea, select");
}

// What is wrong comes first.
if (!document.querySelector(".errornote")) {
  beginIn(field() ?? form.querySelector("[name=title]"));
}

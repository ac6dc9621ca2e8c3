// The page of a new job: the caller, the tasks, when and who. Saved by Ctrl-Enter or Cmd-Enter.

import { caller } from "./caller.js";
import { beginIn } from "./cursor.js";
import { savedByKeys } from "./keys.js";
import { schedule } from "./schedule.js";
import { tasks } from "./tasks.js";
import { technician } from "./technician.js";

const form = document.getElementById("job_form");

caller(form.querySelector("[data-caller]"));
for (const list of form.querySelectorAll("[data-tasks]")) tasks(list);
technician(form.querySelector("[data-technician]"));
schedule(form.querySelector("[data-schedule]"));

savedByKeys(form);

// With nothing wrong to be told, the cursor stands in the first field.
if (!document.querySelector(".errornote")) {
  const isChosen = Boolean(document.getElementById("chosen-customer").value);
  beginIn(isChosen ? form.querySelector("[name=title]") : document.getElementById("caller"));
}

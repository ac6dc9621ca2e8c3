// The day as loaded, what is asked for meanwhile, and what was finished here.
import { label } from "./words.js";

// A day read before a change is not the day after it: so `moves` counts them.
export const day = { overdue: [], days: [], moves: 0 };
export const finished = new Map();
const asked = new Map();

export function take(loaded) {
  Object.assign(day, loaded);
  for (const job of jobs()) finished.delete(job.id);
}

const jobs = () => [...day.overdue, ...day.days.flatMap((each) => each.jobs)];

export const jobOf = (id) => jobs().find((job) => job.id === id) ?? finished.get(id);

export const hasTask = (id) =>
  [...jobs(), ...finished.values()].some(({ tasks }) => tasks.some((task) => task.id === id));

// A job has a number, a task has none.
export const keyOf = (row) => `${row.number ?? "task"} ${row.id}`;

// The row as it was last loaded: a day that comes replaces the one before.
export const now = (row) =>
  jobs().flatMap((job) => [job, ...job.tasks]).find((each) => keyOf(each) === keyOf(row)) ?? row;

// Shown over what the server said, until it has answered.
export const expect = (row, change) => asked.set(keyOf(row), change);

export const isSaving = (row) => asked.has(keyOf(row));

export const clear = (row, change) => asked.get(keyOf(row)) === change && asked.delete(keyOf(row));

export const shown = (row) => ({ ...row, ...asked.get(keyOf(row)) });

export const left = (job) => job.tasks.filter((task) => label("unfinished", shown(task).status)).length;

// The answer to a change says less of customer and site than the day does.
export const merge = (row, { customer, site, tasks, ...rest }) => Object.assign(now(row), rest);

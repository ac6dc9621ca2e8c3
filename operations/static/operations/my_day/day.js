// The day as loaded, and what is asked for meanwhile.
// A day read before a change is not the day after it: so `moves` counts them.
export const day = { overdue: [], days: [], done: [], moves: 0 };
const asked = new Map();

export const take = (loaded) => Object.assign(day, loaded);

const open = () => [...day.overdue, ...day.days.flatMap((each) => each.jobs)];

const jobs = () => [...open(), ...day.done];

export const isDone = (job) => job.status === "completed";

// By the server, and here since.
export const done = () => [...day.done, ...open().filter(isDone)];

export const jobOf = (id) => jobs().find((job) => job.id === id);

export const hasTask = (id) => jobs().some(({ tasks }) => tasks.some((task) => task.id === id));

// A job has a number, a task has none.
export const keyOf = (row) => row.number ?? row.id;

// The row as it was last loaded.
export const now = (row) =>
  jobs().flatMap((job) => [job, ...job.tasks]).find((each) => keyOf(each) === keyOf(row)) ?? row;

// Shown over what the server said, until it has answered.
export const expect = (row, change) => asked.set(keyOf(row), change);

export const isSaving = (row) => asked.has(keyOf(row));

export const isWaiting = () => asked.size;

export const clear = (row) => asked.delete(keyOf(row));

export const shown = (row) => ({ ...row, ...asked.get(keyOf(row)) });

export const left = (job) => job.tasks.filter((task) => !isDone(shown(task))).length;

// The answer to a change says less of customer and site than the day does.
export const merge = (row, { customer, site, tasks, ...rest }) =>
  Object.assign(now(row), rest, { at: Date.now() });

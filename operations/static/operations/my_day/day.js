// The day as loaded, what is asked for meanwhile, and what was finished here.
export const day = {
  overdue: [],
  days: [],
  isLoaded: false,
  // A day read before a change is not the day after it.
  moves: 0,
};
const asked = new Map();
export const finished = new Map();

export function take(loaded) {
  Object.assign(day, loaded, { isLoaded: true });
  for (const job of jobs()) finished.delete(job.id);
}

// Without signal, time goes on: what lies before today is overdue.
export function redate(today) {
  const past = day.days.filter(({ date }) => date < today);
  day.overdue = [...day.overdue, ...past.flatMap((each) => each.jobs)];
  day.days = day.days.filter((each) => !past.includes(each));
  day.today = today;
}

export const jobs = () => [...day.overdue, ...day.days.flatMap((each) => each.jobs)];

export const jobOf = (id) => jobs().find((job) => job.id === id) ?? finished.get(id);

export const taskOf = (job, id) => job?.tasks.find((task) => task.id === id);

// A job has a number, a task has none.
export const keyOf = (row) => `${row.number ?? "task"} ${row.id}`;

// The row as it was last loaded: a day that comes replaces the one before.
export const now = (row) =>
  jobs().flatMap((job) => [job, ...job.tasks]).find((each) => keyOf(each) === keyOf(row)) ?? row;

// Shown over what the server said, until it has answered.
export const ask = (row, change) => asked.set(keyOf(row), change);

export const isAsked = (row) => asked.has(keyOf(row));

export const settle = (row, change) => asked.get(keyOf(row)) === change && asked.delete(keyOf(row));

export const shown = (row) => ({ ...row, ...asked.get(keyOf(row)) });

export const left = (job) => job.tasks.filter((task) => shown(task).status !== "completed").length;

// The answer to a change says less of customer and site than the day does.
export const learn = (row, { customer, site, tasks, ...said }) => Object.assign(now(row), said);

export function finish(job) {
  finished.set(job.id, job);
  const others = (list) => list.filter((each) => each.id !== job.id);
  day.overdue = others(day.overdue);
  day.days = day.days.map((each) => ({ ...each, jobs: others(each.jobs) }));
}

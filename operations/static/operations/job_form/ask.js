// What the server answers; of several questions in a row the last one alone is answered.

export function asker(url) {
  let latest = 0;
  return async (details) => {
    const turn = (latest += 1);
    const address = new URL(url, location.href);
    for (const [name, value] of Object.entries(details)) {
      for (const each of [value].flat()) address.searchParams.append(name, each);
    }
    const response = await fetch(address, { headers: { Accept: "application/json" } });
    if (!response.ok || response.redirected) throw new Error(response.status);
    const answer = await response.json();
    return turn === latest ? answer : null;
  };
}

export function soon(act, pause = 150) {
  let timer;
  return (...given) => {
    clearTimeout(timer);
    timer = setTimeout(act, pause, ...given);
  };
}

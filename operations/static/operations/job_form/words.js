// The words of the page, which brings them in its own language.

const said = JSON.parse(document.getElementById("job-form-words")?.textContent ?? "{}");

export function word(name, details = {}) {
  return (said[name] ?? "").replace(/%\((\w+)\)s/g, (sign, key) => details[key] ?? sign);
}

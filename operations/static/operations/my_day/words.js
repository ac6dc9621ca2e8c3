// What the page says, in its language.
const WORDS = JSON.parse(document.getElementById("words").textContent);

const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const word = (name, values = {}) => filled(WORDS[name], values);

export const counted = (name, n) => filled(WORDS[name][n === 1 ? 0 : 1], { n });

export const label = (group, key) => WORDS[group][key];

export const FIELDS = Object.keys(WORDS.fields);

// Links that leave for the phone's own map and dialler.
const MAPS = [
  [/Android/, "geo:0,0?q="],
  [/iPhone|iPad|Macintosh/, "https://maps.apple.com/?q="],
  [/./, "https://www.openstreetmap.org/search?query="],
];
const [, MAP] = MAPS.find(([phone]) => phone.test(navigator.userAgent));

export const mapLink = (address) =>
  address && MAP + encodeURIComponent(address.trim().replace(/\s+/g, " "));

// "+44 (0)20 7946 0018, gate 2" is dialled as +442079460018.
export function callLink(phone) {
  const [number] = /\+?[\d\s()./-]{3,}/.exec(phone) ?? [""];
  const digits = number.replace("(0)", "").replace(/[^\d+]/g, "");
  return digits && `tel:${digits}`;
}

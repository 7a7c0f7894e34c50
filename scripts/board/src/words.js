// Figures, spans and instants in words; a null is a dash.

const DASH = "–";
const DAY = 86400;

export const count = (value) =>
  value === null || value === undefined ? DASH : value.toLocaleString("en");

/** Write a number of whatever it is of: a whole one whole, another to four digits. */
export const figure = (value) =>
  value === null || value === undefined
    ? DASH
    : Number.isInteger(value)
      ? value.toLocaleString("en", { maximumFractionDigits: 0 })
      : value.toLocaleString("en", {
          maximumSignificantDigits: Math.max(4, Math.trunc(Math.abs(value)).toString().length),
        });

/** Write a number of cases, which may be a part of one; rounded as the report does. */
export const cases = (value) =>
  value === null || value === undefined
    ? DASH
    : Number(value.toFixed(1)).toLocaleString("en", { minimumFractionDigits: 1 });

/** Write a share with as many decimals, and two where a target has none of its own. */
export const percent = (value, decimals = 1) =>
  value === null || value === undefined ? DASH : `${(100 * value).toFixed(decimals)} %`;

/** Write a share with the decimals that its target has, and at least two. */
export function likeTarget(value, target) {
  if (target === null || target === undefined) return percent(value, 2);
  const decimals = (100 * target).toFixed(4).replace(/0+$/, "").split(".")[1].length;
  return percent(value, Math.max(decimals, 2));
}

/** Write a ratio; null is one that nobody can tell. */
export const ratio = (value, decimals = 1) =>
  value === null || value === undefined ? DASH : value.toFixed(decimals);

/** Write a span of seconds in its largest fitting unit. */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return DASH;
  const size = Math.abs(seconds);
  const [unit, length] =
    size < 90
      ? ["s", 1]
      : size < 90 * 60
        ? ["min", 60]
        : size < 36 * 3600
          ? ["h", 3600]
          : ["d", DAY];
  const number = size / length;
  return `${number < 10 && length > 60 ? trimmed(number.toFixed(1)) : count(Math.round(number))} ${unit}`;
}

const trimmed = (text) => text.replace(/\.0$/, "");

/** Return what cuts a text that is longer. */
export const shortened = (most) => (text) =>
  text?.length > most ? `${text.slice(0, most - 1)}…` : text;

/** Write an id so that it fits a list; its story has it whole. */
export const shortId = (id) => (id.length > 20 ? `${id.slice(0, 10)}…${id.slice(-6)}` : id);

/** Write a name of a seed as words. */
export const words = (name) => (name ? name.replaceAll("_", " ") : DASH);

const formats = new Map();

function format(zone, options) {
  const key = zone + JSON.stringify(options);
  if (!formats.has(key))
    formats.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  return formats.get(key);
}

/** Return a zone if the browser knows it, else UTC. */
export function knownZone(zone) {
  try {
    format(zone, {});
    return zone;
  } catch {
    return "UTC";
  }
}

// The instant of the page: what is of its year needs none.
let build = 0;

/** Say of which instant the page is. */
export function tellBuild(asOf) {
  build = asOf;
}

/** Write an instant by the clock of a zone: `Mon 13 Apr, 08:00`, with a year that is not the page's. */
export function moment(seconds, zone, isFull = false) {
  if (seconds === null || seconds === undefined) return DASH;
  const at = new Date(seconds * 1000);
  const year = format(zone, { year: "numeric" });
  const hasYear = isFull || year.format(at) !== year.format(new Date(build * 1000));
  const date = format(zone, {
    weekday: "short",
    day: "numeric",
    month: "short",
    ...(hasYear ? { year: "numeric" } : {}),
  })
    .format(at)
    .replace(",", "");
  return `${date}, ${clock(seconds, zone)}`;
}

/** Write the time of day: `08:00`. */
export const clock = (seconds, zone) =>
  format(zone, { hour: "2-digit", minute: "2-digit" }).format(new Date(seconds * 1000));

/** Write a day: `13 Apr`, with its year where that is not the page's. */
export function day(seconds, zone, asOf) {
  const year = format(zone, { year: "numeric" });
  const at = new Date(seconds * 1000);
  const options = { day: "numeric", month: "short" };
  if (year.format(at) !== year.format(new Date(asOf * 1000))) options.year = "numeric";
  return format(zone, options).format(at);
}

/** Write an instant to the second in UTC, as the marts have it. */
export const utc = (seconds) =>
  seconds === null || seconds === undefined
    ? DASH
    : new Date(seconds * 1000)
        .toISOString()
        .replace(/\.000Z$/, "Z")
        .replace("T", " ");

/** Return the instant of a day's beginning, for an axis; days have no zone. */
export const dayAt = (text) => new Date(`${text}T00:00:00Z`);

/** Say how an instant lies to the page's. */
export function fromNow(seconds, asOf) {
  if (seconds === null || seconds === undefined) return DASH;
  return seconds >= asOf ? `in ${span(seconds - asOf)}` : `${span(asOf - seconds)} ago`;
}

/** Say when an answer is due. */
export function due(seconds, asOf) {
  if (seconds === null || seconds === undefined) return DASH;
  return seconds >= asOf ? `in ${span(seconds - asOf)}` : `${span(asOf - seconds)} overdue`;
}

/** Say what was seen beside what is allowed, minutes as a span. */
export function comparison({ observed_value: observed, threshold_value: threshold, unit }) {
  if (observed === null) return "";
  const measure = (value) => {
    if (value === null) return DASH;
    return unit === "minutes" ? span(60 * value) : figure(value);
  };
  const one = { breaches: "breach", "failing passages": "failing passage" };
  const what = unit && unit !== "minutes" ? ` ${observed === 1 ? (one[unit] ?? unit) : unit}` : "";
  return `${measure(observed)}${what}, allowed ${measure(threshold)}`;
}

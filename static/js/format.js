// Formats counts, money, durations and rates.

const whole = new Intl.NumberFormat("en-GB");

export const count = (number) => whole.format(number);

/** "1 order", "2,000 orders" */
export const plural = (number, one, many = `${one}s`) =>
  `${count(number)} ${number === 1 ? one : many}`;

/** "1234567.50" as "1,234,567.50"; a string throughout, because a number would lose digits. */
export function money(decimal) {
  const [units, ...minor] = decimal.split(".");
  return [units.replace(/\B(?=(\d{3})+$)/g, ","), ...minor].join(".");
}

/** Each amount of the API as "1,234.50 EUR". */
export const sums = (amounts) =>
  amounts.map(({ gross, currency }) => `${money(gross)} ${currency}`);

/** Seconds as "8 s", "3 min 20 s" or "1 h 5 min". */
export function duration(seconds) {
  const rounded = Math.max(0, Math.round(seconds));
  if (rounded < 60) return `${rounded} s`;
  const minutes = Math.floor(rounded / 60);
  if (minutes < 60) return rounded % 60 ? `${minutes} min ${rounded % 60} s` : `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** Invoices per second, with one decimal below ten. */
export function rate(perSecond) {
  return `${perSecond < 10 ? perSecond.toFixed(1) : count(Math.round(perSecond))}/s`;
}

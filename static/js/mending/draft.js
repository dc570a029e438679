// The values of an order as a form holds them, and how two versions of them differ. All values are
// strings; a field is named by its path, such as "buyer.street" or "lines[3].quantity".

export const ORDER_FIELDS = ["order_date", "currency", "status", "expected_gross"];
export const BUYER_FIELDS = [
  "name", "email", "street", "city", "postal_code", "country", "vat_id",
];
export const LINE_FIELDS = [
  "row_type", "sku", "description", "quantity", "unit", "unit_price", "unit_price_gross",
  "discount_percent", "tax_category", "tax_percent",
];
const PLAIN_LINE_FIELDS = LINE_FIELDS.filter((field) => !field.startsWith("unit_price"));
const AMOUNT_FIELDS = ["row_type", "description", "tax_category", "tax_percent"];
const NULLABLE = new Set(["expected_gross", "unit_price_gross", "vat_id", "email"]);
const DECIMALS = new Set([
  "expected_gross", "quantity", "unit_price", "unit_price_gross", "discount_percent", "tax_percent",
]);

const pick = (fields, source) =>
  Object.fromEntries(fields.map((field) => [field, textOf(field, source[field])]));

/** "12.5000" as "12.50" and "2.000" as "2": the zeros that a clerk would not write are left out. */
function textOf(field, value) {
  if (value === null || value === undefined) return "";
  const text = String(value);
  if (!DECIMALS.has(field) || !/^-?\d+\.\d+$/.test(text)) return text;
  const isMoney = field.startsWith("unit_price") || field === "expected_gross";
  const short = text.replace(/0+$/, "");
  if (!isMoney) return short.replace(/\.$/, "");
  const decimals = short.length - short.indexOf(".") - 1;
  return decimals < 2 ? short.padEnd(short.length + 2 - decimals, "0") : short;
}

/** The values of an order from the API. */
export function draftOf(order) {
  return {
    ...pick(ORDER_FIELDS, order),
    buyer: pick(BUYER_FIELDS, order.buyer),
    lines: order.lines.map(lineOf),
  };
}

const lineOf = (line) => ({ line_number: line.line_number, ...pick(LINE_FIELDS, line) });

/** An empty row behind the others, taxed as the last one. */
export function newLine(lines, rowType) {
  const last = lines.at(-1);
  return {
    line_number: Math.max(0, ...lines.map((line) => line.line_number)) + 1,
    ...pick(LINE_FIELDS, {
      row_type: rowType,
      quantity: "1",
      unit: rowType === "line" ? (last?.unit ?? "C62") : "C62",
      discount_percent: "0",
      tax_category: last?.tax_category ?? "S",
      tax_percent: last?.tax_percent ?? "",
    }),
  };
}

/** All values by path; a line's own path has the value "row". */
function byPath(draft) {
  const values = new Map(ORDER_FIELDS.map((field) => [field, draft[field]]));
  for (const field of BUYER_FIELDS) values.set(`buyer.${field}`, draft.buyer[field]);
  for (const line of draft.lines) {
    values.set(`lines[${line.line_number}]`, "row");
    for (const field of LINE_FIELDS) values.set(`lines[${line.line_number}].${field}`, line[field]);
  }
  return values;
}

/** What differs between two drafts: `{path, before, after}`, null where there is no such row. */
export function differences(before, after) {
  const [old, now] = [byPath(before), byPath(after)];
  const paths = new Set([...old.keys(), ...now.keys()]);
  return [...paths]
    .map((path) => ({ path, before: old.get(path) ?? null, after: now.get(path) ?? null }))
    .filter((each) => each.before !== each.after);
}

/** The body of a PATCH that makes `after` of `before`; an empty object if they are equal. */
export function changesOf(before, after) {
  const body = {};
  for (const { path } of differences(before, after)) {
    if (path.startsWith("lines[")) body.lines = after.lines.map(rowBody);
    else if (path.startsWith("buyer.")) {
      const field = path.slice("buyer.".length);
      body.buyer = { ...body.buyer, ...bodyOf(after.buyer, [field]) };
    } else Object.assign(body, bodyOf(after, [path]));
  }
  return body;
}

/** A row with the values that its kind has; with a gross price, the net one is computed from it. */
function rowBody(line) {
  const price = line.unit_price_gross === "" ? "unit_price" : "unit_price_gross";
  const fields = line.row_type === "line" ? PLAIN_LINE_FIELDS : AMOUNT_FIELDS;
  return { line_number: line.line_number, ...bodyOf(line, [...fields, price]) };
}

const bodyOf = (values, fields) =>
  Object.fromEntries(fields.map((field) => [field, valueOf(field, values[field])]));

/** What the API is sent for a text; a comma is a decimal comma unless it may group thousands. */
export function valueOf(field, text) {
  if (text.trim() === "" && NULLABLE.has(field)) return null;
  if (!DECIMALS.has(field)) return text;
  const trimmed = text.replace(/\s/g, "");
  return /^-?\d+,(\d{1,2}|\d{4,})$/.test(trimmed) ? trimmed.replace(",", ".") : trimmed;
}

/**
 * My draft on top of what others stored meanwhile: where both changed a value, theirs stays.
 * `base` is what I began with.
 */
export function merged(base, mine, theirs) {
  const changed = new Set(differences(base, theirs).map(({ path }) => path));
  const chosen = (path, own, other) => (changed.has(path) ? other : own);
  const buyer = {};
  for (const field of BUYER_FIELDS) {
    buyer[field] = chosen(`buyer.${field}`, mine.buyer[field], theirs.buyer[field]);
  }
  const order = { buyer, lines: mergedLines(base, mine, theirs, chosen) };
  for (const field of ORDER_FIELDS) order[field] = chosen(field, mine[field], theirs[field]);
  return order;
}

function mergedLines(base, mine, theirs, chosen) {
  const numbered = (lines) => new Map(lines.map((line) => [line.line_number, line]));
  const [old, own] = [numbered(base.lines), numbered(mine.lines)];
  const lines = [];
  for (const line of theirs.lines) {
    const number = line.line_number;
    if (!old.has(number)) lines.push(line);
    else if (own.has(number)) {
      const kept = { line_number: number };
      for (const field of LINE_FIELDS) {
        kept[field] = chosen(`lines[${number}].${field}`, own.get(number)[field], line[field]);
      }
      lines.push(kept);
    }
  }
  for (const line of mine.lines) {
    if (!old.has(line.line_number)) {
      lines.push({ ...line, line_number: newLine(lines, line.row_type).line_number });
    }
  }
  return lines;
}

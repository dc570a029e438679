// The columns that can be changed in a whole selection of orders, and how their values are chosen.

import { fieldName } from "./words.js";

const NAMES = [
  "order_date", "currency", "status", "unit", "tax", "tax_category", "tax_percent",
  "discount_percent", "expected_gross", "description", "sku", "buyer_name", "buyer_street",
  "buyer_city", "buyer_postal_code", "buyer_country", "buyer_vat_id", "buyer_email",
];

/** By name, with the words for it. */
export const COLUMNS = new Map(
  NAMES.map((name) => {
    const part = name.replace(/^buyer_/, "");
    return [name, part === name ? fieldName(name) : `Buyer: ${fieldName(part).toLowerCase()}`];
  }),
);

/** The options of the `field` for a column's new value. */
export function valueOptions(column, choices) {
  const base = { path: "value", label: "New value", value: "" };
  if (column === "order_date") return { ...base, kind: "date" };
  if (column === "tax") return { ...base, label: "New value, such as S 19, AE or E" };
  if (column === "description") return { ...base, kind: "lines", wide: true };
  if (column === "status") return { ...base, choices: choices.statuses };
  if (column === "tax_category") return { ...base, choices: choices.taxCategories };
  if (column.endsWith("_percent") || column === "expected_gross") return { ...base, kind: "decimal" };
  const lists = { unit: "mend-units", currency: "mend-currencies", buyer_country: "mend-countries" };
  return { ...base, list: lists[column] };
}

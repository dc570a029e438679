// The names of an order's fields, as labels and in sentences.

const NAMES = {
  order_date: "Order date",
  currency: "Currency",
  status: "Status",
  expected_gross: "Expected total",
  name: "Name",
  email: "E-mail",
  street: "Street",
  city: "City",
  postal_code: "Postal code",
  country: "Country",
  vat_id: "VAT id",
  payment_days: "Payment term, days",
  tax_number: "Tax number",
  allow_zero_totals: "Invoices over 0.00",
  order_date_days_ahead: "Days that an order may be dated ahead",
  row_type: "Kind of row",
  sku: "SKU",
  description: "Description",
  quantity: "Quantity",
  unit: "Unit",
  unit_price: "Unit price",
  unit_price_gross: "Unit price, gross",
  discount_percent: "Discount %",
  tax_category: "Tax category",
  tax_percent: "Tax %",
  tax: "Tax category with its rate",
};

export const fieldName = (field) => NAMES[field] ?? field.replaceAll("_", " ");

/** "lines[3].quantity" as "Row 3, quantity", "buyer.street" as "Buyer, street". */
export function pathName(path) {
  const [, number, field] = /^lines\[(\d+)\](?:\.(.+))?$/.exec(path) ?? [];
  if (number) return field ? `Row ${number}, ${lower(fieldName(field))}` : `Row ${number}`;
  const [place, part] = path.split(".");
  return part ? `${place === "buyer" ? "Buyer" : place}, ${lower(fieldName(part))}` : fieldName(path);
}

/** "Street" as "street", but "SKU" and "VAT id" as they are. */
const lower = (name) => (/^[A-Z][a-z]/.test(name) ? name[0].toLowerCase() + name.slice(1) : name);

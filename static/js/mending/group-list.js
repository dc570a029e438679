// Failed orders by cause and object, as a list: "Blumen Sommerfeld has no street. 2 orders,
// 854.00 EUR", each with a button to mend it and its orders to expand. Orders that are themselves
// the object share a group for each cause; its button walks through all of them.

import { element, icon, marked } from "../dom.js";
import { count, plural, sums } from "../format.js";
import { isolated, isolatedQuotes, sentence } from "../isolation.js";
import { changeOrders } from "./bulk-change.js";
import { COLUMNS } from "./columns.js";

/**
 * @param {Array} groups as in the API's failure groups
 * @param {{orderUrl: string, choose: (group: object) => object, open?: Set<string>}} options
 *   `choose` names all orders of a group and perhaps others, as a change of many takes them; `open`
 *   holds the keys of the groups whose orders are shown, and the list keeps it up to date
 */
export function groupList(groups, { orderUrl, choose, open = new Set() }) {
  const items = groups.map((group, place) => {
    const isSaid = groups[place - 1]?.remedy === group.remedy;
    return groupItem(group, { orderUrl, choose, open, isSaid });
  });
  return element("ul", { class: "failure-objects" }, ...items);
}

const QUIET = { type: "button", class: "btn btn-quiet btn-sm" };

const keyOf = ({ error_code: code, object }) => `${code} ${object.kind} ${object.id ?? object.name}`;

/** `isSaid`: the group above has the same remedy. */
function groupItem(group, { orderUrl, choose, open, isSaid }) {
  const key = keyOf(group);
  const left = group.count - group.mended - group.closed;
  const about = element(
    "div",
    { class: "failure-object" },
    element("p", {}, messageOf(group), " ", element("strong", {}, sizeOf(group))),
    left && !isSaid ? element("p", { class: "remedy" }, marked(group.remedy)) : null,
  );
  const orders = orderDetails(group, orderUrl);
  orders.open = open.has(key);
  orders.addEventListener("toggle", () => (orders.open ? open.add(key) : open.delete(key)));
  about.append(orders);
  return element("li", { "data-key": key }, about, actionOf(group, left, choose));
}

function messageOf({ object, count: number, message }) {
  const isOne = object.kind !== "order" || number === 1;
  const customer = object.kind === "customer" ? object.name : null;
  const said = element("bdi", {}, sentence(message, customer));
  return element("span", {}, isOne ? "" : "For example: ", said);
}

/** "2 orders, 854.00 EUR"; the server adds up to 5,000 failures of a job. */
function sizeOf({ count: number, amounts, mended }) {
  const money = amounts ? sums(amounts) : ["too many failures for a sum"];
  const words = [plural(number, "order"), ...money].join(", ");
  return mended && mended < number ? `${words} · ${count(mended)} mended` : words;
}

function actionOf(group, left, choose) {
  if (!left) return group.mended ? readyBadge() : closedBadge(group);
  const name = nameOf(group.object);
  if (group.object.kind === "customer") {
    const { id } = group.object;
    return mendButton({ customer: id, field: group.field, message: group.message }, name);
  }
  if (group.object.kind === "organization") {
    const target = { organization: true, field: group.field, message: group.message };
    return mendButton(target, "your organisation");
  }
  const open = group.orders.filter((order) => !isDone(order));
  const [first, ...others] = open.map((order) => ({ order: order.order_id, field: order.field }));
  if (!first) return null;
  const mend = mendButton(others.length ? { ...first, others } : first, name);
  const column = columnOf(group.field);
  if (group.object.kind !== "value" || !COLUMNS.has(column)) return mend;
  return element("span", { class: "failure-actions" }, changeAll(group, column, left, choose), mend);
}

/** A button that changes the value of the group wherever it stands in the group's orders. */
function changeAll(group, column, left, choose) {
  const button = element("button", QUIET, `Change in ${plural(left, "order")}`);
  const where = group.object.value;
  button.addEventListener("click", () => changeOrders(choose(group), { column, where, size: left }));
  return button;
}

/** For example `unit “foo”`, `Blumen Sommerfeld`. */
const nameOf = ({ kind, name }) => (kind === "value" ? isolatedQuotes(name) : isolated(name));

/** "customer.street" as "buyer_street": an order's own copy of it. */
const columnOf = (field) => field.replace(/^customer\./, "buyer_").replace(/^.*\./, "");

const isDone = (order) => order.mended || order.invoice_id !== null;

/** A button that opens the panel for a target; `aside` keeps it out of the walk. */
export function mendButton(target, name, { aside = false } = {}) {
  const attributes = {
    ...QUIET,
    "data-mend": JSON.stringify(target),
    "aria-label": `Mend ${name}`,
  };
  return element("button", { ...attributes, ...(aside && { "data-aside": "" }) }, "Mend");
}

const readyBadge = () =>
  element("span", { class: "badge-status badge-ok" }, icon("check"), "Mended, ready");

function closedBadge({ orders }) {
  const order = orders.find((each) => each.invoice_id !== null);
  if (!order) return element("span", { class: "badge-status" }, "Closed since");
  return invoiceLink(order);
}

const invoiceLink = ({ invoice_id: id, invoice_number: number }) =>
  element("a", { href: `/invoices/${id}`, class: "badge-status badge-ok" }, icon("invoice"), number);

function orderDetails(group, orderUrl) {
  const items = group.orders.map((order) => orderItem(order, orderUrl));
  const more = group.count - group.orders.length;
  if (more > 0) items.push(element("li", { class: "muted" }, `and ${count(more)} more`));
  const words = group.count === 1 ? "The order" : `The ${plural(group.count, "order")}`;
  return element(
    "details",
    {},
    element("summary", {}, words),
    element("ul", {}, ...items),
  );
}

function orderItem(order, orderUrl) {
  const href = orderUrl.replace("__id__", order.order_id);
  const outcome = () => {
    if (order.invoice_id !== null) return invoiceLink(order);
    if (order.mended) return readyBadge();
    const target = { order: order.order_id, field: order.field };
    return mendButton(target, `order ${isolated(order.order_number)}`, { aside: true });
  };
  const link = element("a", { href }, element("bdi", {}, order.order_number));
  return element("li", {}, link, outcome());
}

// Builds elements without HTML strings, so that text from the server is never markup.

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node|string|null)} children
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== null));
  return made;
}

/** A text of the server whose `commands` are shown as such. */
export function marked(text) {
  const parts = text.split("`").map((part, place) => (place % 2 ? element("code", {}, part) : part));
  return element("span", {}, ...parts);
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon from static/img/icons.svg, whose URL is in the layout. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

/** The first element of an HTML fragment from our server. */
export function fragmentElement(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.firstElementChild;
}

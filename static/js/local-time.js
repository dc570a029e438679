// <local-time datetime="…">: shows a UTC time of the server in the user's time zone.

const shown = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

class LocalTime extends HTMLElement {
  connectedCallback() {
    const moment = new Date(this.getAttribute("datetime"));
    if (Number.isNaN(moment.getTime())) return;
    this.textContent = shown.format(moment);
    this.title = exact.format(moment);
  }
}

customElements.define("local-time", LocalTime);

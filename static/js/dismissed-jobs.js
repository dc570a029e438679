// Which finished jobs this browser has put away; the newest hundred are remembered.

const KEY = "billmill.dismissed-jobs";
const REMEMBERED = 100;

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

export const isDismissed = (jobId) => read().includes(jobId);

export function dismiss(jobId) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...read(), jobId].slice(-REMEMBERED)));
  } catch {
    // not remembered: the card comes back on the next page
  }
}

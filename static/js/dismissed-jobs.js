// The last hundred ended jobs whose cards the user has dismissed in this browser.

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
    // storage is full or disabled: the next page shows the card again
  }
}

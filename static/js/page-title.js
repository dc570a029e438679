// Shows the progress of all running jobs in the title of the tab.

const originalTitle = document.title;
const running = new Map();

function show() {
  let ended = 0;
  let total = 0;
  for (const job of running.values()) {
    ended += job.processed_items + job.cancelled_items;
    total += job.total_items;
  }
  const percent = Math.floor((ended / total) * 100);
  document.title = total ? `${percent} % · ${originalTitle}` : originalTitle;
}

document.addEventListener("batch-job:progress", ({ detail }) => {
  running.set(detail.jobId, detail);
  show();
});

document.addEventListener("batch-job:ended", ({ detail }) => {
  running.delete(detail.jobId);
  show();
  if (!document.hidden || running.size) return;
  document.title = `Done · ${originalTitle}`;
  document.addEventListener("visibilitychange", show, { once: true });
});

// The tab's title tells how far the jobs are, so that one can work elsewhere meanwhile.

const plain = document.title;
const running = new Map();

function show() {
  let ended = 0;
  let total = 0;
  for (const job of running.values()) {
    ended += job.processed_items + job.cancelled_items;
    total += job.total_items;
  }
  document.title = total ? `${Math.floor((ended / total) * 100)} % · ${plain}` : plain;
}

document.addEventListener("batch-job:progress", ({ detail }) => {
  running.set(detail.jobId, detail);
  show();
});

document.addEventListener("batch-job:ended", ({ detail }) => {
  running.delete(detail.jobId);
  show();
  if (!document.hidden || running.size) return;
  document.title = `Done · ${plain}`;
  document.addEventListener("visibilitychange", show, { once: true });
});

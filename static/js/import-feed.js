// Follows one import by WebSocket, and by polling while there is no connection.

import { JobFeed } from "./job-feed.js";

const OPEN = new Set(["pending", "processing"]);

/** Whether nothing happens to the import any more, or it waits for the mapping of its columns. */
export const isImportOver = (run) => !OPEN.has(run.status);

/** A feed of the import's states; see `JobFeed`. */
export const importFeed = (socketUrl, pollUrl) =>
  new JobFeed({ socketUrl, pollUrl, isOver: isImportOver, progress: (run) => run.bytes_read });

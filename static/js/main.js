// Loaded by every page; each module finds its own elements.

import "./theme.js";
import "./local-time.js";
import "./page-title.js";
import "./job-cards.js";
import "./live-list.js";
import "./exact-count.js";
import "./batch-job-progress.js";
import "./retry-failed.js";
import "./job-reconciliation.js";
import "./bulk-invoice-actions.js";
import "./orders-upload.js";
import "./import-run.js";
import "./column-mapping.js";
import "./saved-mappings.js";
import "./create-invoice.js";
import "./mending/open-panel.js";
import "./mending/failure-groups.js";
import "./mending/bulk-change.js";
import "./mending/order-view.js";
import "./print.js";

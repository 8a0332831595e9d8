// The worker runs the page's own module. The page sends it compiled, so it is neither fetched nor compiled twice.
import init from "./app.js";

self.onmessage = (event) => {
  self.onmessage = null;
  init({ module_or_path: event.data });
};

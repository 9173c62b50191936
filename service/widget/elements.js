/** Elements from data: text goes in as text nodes, functions as listeners, everything else as attributes. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

const PATHS = {
  agent: "M4.5 14v-2a7.5 7.5 0 0 1 15 0v2M4.5 13.5h1.8a1 1 0 0 1 1 1v3.2a1 1 0 0 1-1 1h-.3a1.5 1.5 0 0 1-1.5-1.5Zm15 0h-1.8a1 1 0 0 0-1 1v3.2a1 1 0 0 0 1 1h.3a1.5 1.5 0 0 0 1.5-1.5Zm0 4v.5a3 3 0 0 1-3 3H13",
  close: "m6.5 6.5 11 11m0-11-11 11",
  send: "M12 19V5.5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  check: "m5.5 12.5 4.2 4.2 8.8-9.2",
  spark: "M12 4c.6 4.6 3.4 7.4 8 8-4.6.6-7.4 3.4-8 8-.6-4.6-3.4-7.4-8-8 4.6-.6 7.4-3.4 8-8Z",
  unsure: "M9.2 9.2a2.9 2.9 0 1 1 4.3 2.6c-.9.5-1.5 1.1-1.5 2.2M12 17.4h.01",
  up: "M7.5 11v8.5h-3V11h3Zm0 0 4-7c1.2 0 2.2 1 2.2 2.2V9.5h4.6a1.8 1.8 0 0 1 1.8 2.1l-1 6.2a2 2 0 0 1-2 1.7H7.5",
  down: "M16.5 13V4.5h3V13h-3Zm0 0-4 7c-1.2 0-2.2-1-2.2-2.2v-3.3H5.7a1.8 1.8 0 0 1-1.8-2.1l1-6.2a2 2 0 0 1 2-1.7h9.6",
  next: "m9.5 6 6 6-6 6",
  newer: "M12 5.5v13M6.5 13l5.5 5.5 5.5-5.5",
  retry: "M19 12a7 7 0 1 1-2.2-5.1M19 4v4.2h-4.2",
  offline: "M3.5 3.5l17 17M8.7 15.3a5 5 0 0 1 5.4-1M5.5 12a9.5 9.5 0 0 1 4.3-2.6M2.5 8.8A14 14 0 0 1 6.3 6.3M12.7 9.1a9.5 9.5 0 0 1 5.8 2.9M10.5 5.1a14 14 0 0 1 11 3.7M12 18.7h.01",
  notice: "M12 8v4.7M12 16h.01M12 3.5a8.5 8.5 0 1 1 0 17 8.5 8.5 0 0 1 0-17Z",
};

/** A line drawing in the colour of the text around it; screen readers do not hear it. */
export function icon(name) {
  const make = (tag) => document.createElementNS("http://www.w3.org/2000/svg", tag);
  const image = make("svg");
  const path = make("path");
  image.setAttribute("viewBox", "0 0 24 24");
  image.setAttribute("class", `icon icon-${name}`);
  image.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  image.append(path);
  return image;
}

// What a page can do where scripts run: sort, filter, compare. Without them it is whole, and still.
"use strict";

(() => {
  const MOST = 4; // methods compared at once
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const toolbar = document.querySelector(".toolbar");
  const voice = document.createElement("p");
  voice.className = "unseen";
  voice.setAttribute("role", "status");
  document.body.append(voice);
  const say = (text) => { voice.textContent = text; };

  // The state is what stands behind the # of the address: sort, text, granularity, badge, compare.
  const state = new Map();
  const read = () => {
    state.clear();
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return;
    for (const [key, value] of new URLSearchParams(hash)) state.set(key, value);
  };
  const write = () => {
    const kept = [...state].filter(([, value]) => value);
    const hash = new URLSearchParams(kept).toString();
    if (!hash && !location.hash.includes("=")) return;
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  };
  const set = (key, value) => { state.set(key, value); write(); };

  // Sorting: every heading of a sortable table becomes a button.
  const tables = all("table.sortable");
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const UNITS = { k: 1e3, M: 1e6, G: 1e9, T: 1e12 };
  // A number as it is printed: 12,345 or 5.86 G or 0.94 %; what has none stays not a number.
  const number = (text) => {
    const found = /^(?:< )?([+\u2212-]?[\d,.]+(?:e[+-]?\d+)?)\s*([kMGT%]?)$/.exec(text);
    return found ? Number(found[1].replaceAll(",", "").replace("\u2212", "-")) * (UNITS[found[2]] ?? 1) : NaN;
  };
  const compareValues = (a, b, numeric) => numeric ? number(a) - number(b) : a.localeCompare(b, "en", { numeric: true });
  const order = (table, column, direction) => {
    const body = table.tBodies[0];
    const head = table.tHead.rows[0].cells;
    const numeric = head[column]?.dataset.sort === "number";
    const sign = direction === "descending" ? -1 : 1;
    const missing = (text) => text === "" || (numeric && Number.isNaN(number(text)));
    const rows = [...table.given];
    if (direction) {
      rows.sort((x, y) => {
        const a = value(x, column);
        const b = value(y, column);
        if (missing(a) || missing(b)) return missing(a) - missing(b);
        return sign * compareValues(a, b, numeric);
      });
    }
    body.append(...rows);
    for (const cell of head) cell.removeAttribute("aria-sort");
    if (direction) head[column].setAttribute("aria-sort", direction);
  };
  const turn = (table, column) => {
    const cell = table.tHead.rows[0].cells[column];
    const first = cell.dataset.first ?? (cell.dataset.sort === "number" ? "descending" : "ascending");
    const second = first === "descending" ? "ascending" : "descending";
    const now = cell.getAttribute("aria-sort");
    const next = now === null ? first : now === first ? second : "";
    order(table, column, next);
    set("sort", next ? `${tables.indexOf(table)}.${column}.${next}` : "");
    const name = cell.textContent.trim();
    say(next ? `Sorted by ${name}, ${next}.` : "In the order of the board.");
  };
  for (const table of tables) {
    table.given = [...table.tBodies[0].rows];
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      if (!cell.dataset.sort) return;
      const button = document.createElement("button");
      button.type = "button";
      button.append(...cell.childNodes);
      button.addEventListener("click", () => turn(table, column));
      cell.append(button);
    });
  }

  // Filtering: a method that is left out disappears from every table, drawing and legend.
  const main = document.querySelector("table.methods");
  const methods = all("table.methods tbody tr[data-method]");
  const own = methods.filter((row) => row.closest("table") === main);
  const parts = all("[data-method]");
  const wanted = (row) => {
    const text = (state.get("text") ?? "").toLowerCase();
    const has = (key) => !state.get(key) || (row.dataset[key] ?? "").split(" ").includes(state.get(key));
    return row.dataset.name.toLowerCase().includes(text) && has("granularity") && has("badge");
  };
  const filter = () => {
    const shown = new Set(methods.filter(wanted).map((row) => row.dataset.method));
    for (const part of parts) part.toggleAttribute("hidden", !shown.has(part.dataset.method));
    if (toolbar) {
      const count = `${own.filter((row) => !row.hidden).length} of ${own.length} methods`;
      toolbar.querySelector("output").textContent = count;
    }
  };

  // Comparing: two to four methods by checkboxes; the others step back.
  const chosen = () => (state.get("compare") ?? "").split(",").filter((name) => methods.some((row) => row.dataset.method === name));
  const sheet = document.querySelector("#compare");
  const points = (a, b) => {
    if (a === "" || b === "") return "–";
    const text = rounded(Number(a) - Number(b));
    return Number(text) > 0 ? `+${text}` : Number(text) === 0 ? "0.00" : text.replace("-", "−");
  };
  // As the tables do: halves away from zero.
  const rounded = (given) => (Math.sign(given) * Math.round(Math.abs(given) * 100 + 1e-6) / 100).toFixed(2);
  const cell = (tag, text, attributes = {}) => {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [key, given] of Object.entries(attributes)) made.setAttribute(key, given);
    return made;
  };
  const numbers = (row) => [...row.cells].filter((one) => one.dataset.ratio).map((one) => one.dataset.value);
  const line = (name, texts) => {
    const row = document.createElement("tr");
    row.append(cell("th", name, { scope: "row" }), ...texts.map((text) => cell("td", text, { class: "number" })));
    return row;
  };
  const lay = (names) => {
    const rows = names.map((name) => methods.find((row) => row.dataset.method === name));
    const ratios = [...main.tHead.rows[0].cells].filter((one) => one.dataset.ratio).map((one) => one.dataset.ratio);
    const head = document.createElement("tr");
    head.append(cell("th", "Method", { scope: "col" }), ...ratios.map((ratio) => cell("th", ratio, { scope: "col", class: "number" })));
    const lines = rows.map((row) => line(row.dataset.name, numbers(row).map((text) => text === "" ? "–" : rounded(Number(text)))));
    for (const row of rows.slice(1)) {
      const base = numbers(rows[0]);
      lines.push(line(`${row.dataset.name} − ${rows[0].dataset.name}`, numbers(row).map((text, place) => points(text, base[place]))));
    }
    sheet.querySelector("thead").replaceChildren(head);
    sheet.querySelector("tbody").replaceChildren(...lines);
  };
  const compare = () => {
    const names = chosen();
    const on = names.length > 1;
    for (const part of parts) {
      part.classList.toggle("chosen", names.includes(part.dataset.method));
      part.classList.toggle("muted", on && !names.includes(part.dataset.method));
    }
    for (const row of methods) {
      const box = row.querySelector(".choose input");
      box.checked = names.includes(row.dataset.method);
      box.disabled = !box.checked && names.length >= MOST;
    }
    if (!sheet) return;
    sheet.hidden = !on;
    if (on) lay(names);
  };
  const choose = (name, checked) => {
    const names = chosen().filter((one) => one !== name);
    if (checked) names.push(name);
    set("compare", names.slice(0, MOST).join(","));
    compare();
    say(names.length < 2 ? "Choose two to four methods to compare." : `${names.length} methods are compared.`);
  };
  for (const row of methods) {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.addEventListener("change", () => choose(row.dataset.method, box.checked));
    label.className = "choose";
    label.append(box, cell("span", `Compare ${row.dataset.name}`, { class: "unseen" }));
    row.cells[0].prepend(label);
  }

  const show = () => {
    read();
    for (const field of toolbar ? all("input, select", toolbar) : []) field.value = state.get(field.name) ?? "";
    const [place, column, direction] = (state.get("sort") ?? "").split(".");
    const known = ["ascending", "descending"].includes(direction);
    tables.forEach((table, number) => {
      const head = table.tHead.rows[0].cells;
      const own = known && number === Number(place) && head[Number(column)]?.dataset.sort;
      order(table, own ? Number(column) : 0, own ? direction : "");
    });
    if (!main) return;
    filter();
    compare();
  };

  if (toolbar && main) {
    toolbar.hidden = false;
    for (const field of all("input, select", toolbar)) {
      field.addEventListener("input", () => { set(field.name, field.value); filter(); });
    }
    toolbar.querySelector("button").addEventListener("click", () => {
      state.clear();
      write();
      show();
      say("Everything is shown again.");
    });
  }
  addEventListener("hashchange", () => {
    if (location.hash === "" || location.hash.includes("=")) show(); // else a place on the page
  });
  show();
})();

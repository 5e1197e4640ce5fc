// Uploads with progress, by drag and drop or by choice, one after the other. Without it the form works as well.
const form = document.getElementById("uploader");
const waiting = [];
const ended = [];
let busy = false;

function show(name) {
  const item = document.createElement("li");
  const [title, status, bar] = ["span", "small", "progress"].map((tag) => item.appendChild(document.createElement(tag)));
  title.className = "title";
  title.textContent = name;
  status.textContent = form.dataset.waits;
  bar.max = 1;
  bar.value = 0;
  document.getElementById("uploads").append(item);
  return { title, status, bar, item };
}

function fail(row, text) {
  row.status.remove();
  row.bar.remove();
  const wrong = row.item.appendChild(document.createElement("span"));
  wrong.className = "wrong";
  wrong.textContent = text;
  ended.push("");
}

function succeed(row, address) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = row.title.textContent;
  row.title.replaceChildren(link);
  row.status.textContent = form.dataset.done;
  row.bar.value = 1;
  ended.push(address);
}

function answered(request, row) {
  const address = new URL(request.responseURL || location.href);
  if (request.status === 200 && address.pathname.startsWith(form.dataset.pages)) {
    succeed(row, address.href);
    return;
  }
  const page = new DOMParser().parseFromString(request.responseText, "text/html");
  const told = page.querySelector(".error bdi") || (request.status >= 400 && page.querySelector("main h1"));
  fail(row, told ? told.textContent : form.dataset.broken);
}

function next() {
  const one = waiting.shift();
  busy = Boolean(one);
  if (!one) {
    if (ended.length === 1 && ended[0]) {
      location.assign(ended[0]);
    }
    return;
  }
  const [file, row] = one;
  const body = new FormData(form);
  body.delete("file");
  body.append("file", file, file.name);
  const request = new XMLHttpRequest();
  request.open("POST", form.action);
  request.upload.addEventListener("progress", (event) => {
    row.bar.value = event.total ? event.loaded / event.total : 0;
    row.status.textContent = `${Math.floor(100 * row.bar.value)} %`;
  });
  request.upload.addEventListener("load", () => {
    row.bar.removeAttribute("value");
    row.status.textContent = form.dataset.checks;
  });
  request.addEventListener("load", () => answered(request, row));
  request.addEventListener("error", () => fail(row, form.dataset.broken));
  request.addEventListener("loadend", next);
  request.send(body);
}

function add(files) {
  for (const file of files) {
    waiting.push([file, show(file.name)]);
  }
  if (!busy) {
    next();
  }
}

if (form) {
  const drop = form.querySelector(".drop");
  const input = form.elements.namedItem("file");
  input.multiple = true;
  input.addEventListener("change", () => {
    add(input.files);
    input.value = "";
  });
  for (const [name, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", over);
    });
  }
  drop.addEventListener("drop", (event) => add(event.dataTransfer.files));
  addEventListener("beforeunload", (event) => busy && event.preventDefault());
}

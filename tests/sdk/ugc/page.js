/* Uploads files one after the other by the official uploader, the last one by the helper, and reports. */
"use strict";

const parts = JSON.parse(sessionStorage.getItem("parts") || "{}"); // PUTs that were answered, by the file
const { open, send } = XMLHttpRequest.prototype;
const BEFORE = 7; // parts that are sent before the page is loaded anew
let current = "";
let enough = () => {}; // called when so many parts were answered; no further one leaves

XMLHttpRequest.prototype.open = function (method, ...rest) {
  if (method === "PUT") {
    const name = current;
    this.addEventListener("load", () => {
      parts[name] = (parts[name] || 0) + (this.status === 200 ? 1 : 0);
      sessionStorage.setItem("parts", JSON.stringify(parts));
      if (isCut()) enough();
    });
  }
  this.isPart = method === "PUT";
  return open.call(this, method, ...rest);
};

XMLHttpRequest.prototype.send = function (...body) {
  if (!(this.isPart && isCut())) send.apply(this, body);
};

const isResumed = sessionStorage.getItem("interrupted") === "yes";
const isCut = () => !isResumed && parts["twenty.mp4"] >= BEFORE;

const report = (told) => fetch("/report", { method: "POST", body: JSON.stringify(told) });
const getSignature = async () => (await fetch("/signature", { method: "POST" })).text();
const load = (source) =>
  new Promise((resolve, reject) => {
    const script = document.createElement("script");
    Object.assign(script, { src: source, crossOrigin: "anonymous", onload: resolve, onerror: reject });
    document.head.append(script);
  });

async function fileOf(name) {
  current = name;
  return new File([await (await fetch(`/files/${name}`)).blob()], name);
}

async function interrupted(vod) {
  const uploader = vod.upload({ mediaFile: await fileOf("twenty.mp4"), chunkSize: 1 << 20, chunkParallelLimit: 1 });
  if (!isResumed) {
    await new Promise((resolve) => (enough = resolve)); // the uploader's own reports of progress may come too late
    sessionStorage.setItem("interrupted", "yes");
    location.reload();
    return new Promise(() => {});
  }
  return uploader.done();
}

async function run() {
  const vod = new TcVod.default({ getSignature, allowReport: false });
  const done = JSON.parse(sessionStorage.getItem("done") || "{}");
  if (!isResumed) {
    for (const name of ["half.mp4", "three.mp4"]) {
      done[name] = await vod.upload({ mediaFile: await fileOf(name) }).done();
    }
    sessionStorage.setItem("done", JSON.stringify(done));
  }
  done["twenty.mp4"] = await interrupted(vod);
  try {
    await new TcVod.default({ getSignature, allowReport: false, enableRaceRegion: false })
      .upload({ mediaFile: new File(["x"], "page.exe"), retryDelay: 1 })
      .done();
  } catch (error) {
    done.refused = { code: error.code, message: error.message };
  }
  await load((await (await fetch("/server")).text()) + "/static/minivod-web-upload.js");
  const both = { getSignature, mediaFile: await fileOf("half.mp4"), coverFile: await fileOf("cover.jpg") };
  done.helped = await minivodUpload(TcVod.default, { ...both, mediaName: "helped", enableResume: false }).done();
  const requests = performance.getEntriesByType("resource").map((one) => new URL(one.name).host);
  await report({ done, parts, requests });
}

run().catch((error) => report({ error: String(error && error.stack), code: error && error.code, parts }));

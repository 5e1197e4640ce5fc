/* Uploads files one after the other by the official uploader, the last one by the helper, and reports. */
"use strict";

const parts = JSON.parse(sessionStorage.getItem("parts") || "{}"); // PUTs that were answered, by the file
const open = XMLHttpRequest.prototype.open;
let current = "";

XMLHttpRequest.prototype.open = function (method, ...rest) {
  if (method === "PUT") {
    const name = current;
    this.addEventListener("load", () => {
      parts[name] = (parts[name] || 0) + (this.status === 200 ? 1 : 0);
      sessionStorage.setItem("parts", JSON.stringify(parts));
    });
  }
  return open.call(this, method, ...rest);
};

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
  if (!sessionStorage.getItem("interrupted")) {
    await new Promise((resolve) => uploader.on("media_progress", (info) => info.percent > 0.3 && resolve()));
    sessionStorage.setItem("interrupted", "yes");
    location.reload();
    return new Promise(() => {});
  }
  return uploader.done();
}

async function run() {
  const vod = new TcVod.default({ getSignature, allowReport: false });
  const done = JSON.parse(sessionStorage.getItem("done") || "{}");
  if (!sessionStorage.getItem("interrupted")) {
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

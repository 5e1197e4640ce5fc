/* Runs vod-wx-sdk-v2, as it is, with the `wx` of a Mini Program as far as it uses it.
 *
 * node miniprogram.js '{"sdk", "port", "ca", "storage", "signature", "file", "cover", "name", "library", "stopAfter"}'
 * Ends after so many parts, as if the Mini Program were closed, or prints what the uploader said. `library` is the
 * version of the base library: one before 2.10.0 reads no part of a file.
 */
"use strict";

const fs = require("fs");
const https = require("https");

const told = JSON.parse(process.argv[2]);
const ca = fs.readFileSync(told.ca);
const storage = fs.existsSync(told.storage) ? JSON.parse(fs.readFileSync(told.storage)) : {};
const keep = () => fs.writeFileSync(told.storage, JSON.stringify(storage));
const seen = { hosts: [], forwarded: [], parts: 0, forms: 0 };

function request(options) {
  const url = new URL(options.url);
  if (url.hostname === "vodreport.qcloud.com") {
    return void setImmediate(() => options.fail && options.fail({ errMsg: "request:fail url not in domain list" }));
  }
  const header = { "content-type": "application/json", ...options.header };
  const plain = typeof options.data === "object" && !(options.data instanceof ArrayBuffer);
  const body = plain ? JSON.stringify(options.data) : options.data instanceof ArrayBuffer ? Buffer.from(options.data) : options.data;
  seen.hosts.push(url.hostname);
  if (header["Vod-Forward-Cos"]) seen.forwarded.push(header["Vod-Forward-Cos"]);
  const asked = https.request(
    // The vendor's name leads to the server, as by DNS.
    { host: "127.0.0.1", port: told.port, servername: "localhost", ca, path: url.pathname + url.search, method: options.method },
    (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (options.method === "PUT" && answer.statusCode === 200 && ++seen.parts === told.stopAfter) process.exit(0);
        const data = options.dataType === "json" ? JSON.parse(text) : text;
        options.success({ data, statusCode: answer.statusCode, header: answer.headers });
      });
    },
  );
  asked.on("error", (error) => options.fail && options.fail({ errMsg: `request:fail ${error.message}` }));
  for (const [name, value] of Object.entries(header)) asked.setHeader(name, value);
  asked.setHeader("host", url.host);
  asked.end(body);
}

/* A form: what is given as data, then the file, with the headers but for those of the body. */
function uploadFile(options) {
  const url = new URL(options.url);
  const boundary = "----formdata" + Date.now();
  const field = ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="${options.name}"; filename="tmp.mp4"\r\nContent-Type: video/mp4\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(Object.entries(options.formData).map(field).join("") + file),
    fs.readFileSync(options.filePath),
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  seen.hosts.push(url.hostname);
  seen.forms += 1;
  if (options.header["Vod-Forward-Cos"]) seen.forwarded.push(options.header["Vod-Forward-Cos"]);
  const asked = https.request(
    { host: "127.0.0.1", port: told.port, servername: "localhost", ca, path: url.pathname + url.search, method: "POST" },
    (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("end", () =>
        options.success({ data: Buffer.concat(chunks).toString(), statusCode: answer.statusCode, header: answer.headers }),
      );
    },
  );
  asked.on("error", (error) => options.fail({ errMsg: `uploadFile:fail ${error.message}` }));
  for (const [name, value] of Object.entries(options.header)) {
    if (!/^content-(length|type)$/i.test(name)) asked.setHeader(name, value);
  }
  asked.setHeader("host", url.host);
  asked.setHeader("content-type", `multipart/form-data; boundary=${boundary}`);
  asked.end(body);
  return { onProgressUpdate() {}, abort() {} };
}

const reply = (work) => (options) => {
  try {
    options.success(work(options));
  } catch (error) {
    options.fail({ errMsg: String(error) });
  }
};

global.window = {}; // a Mini Program gives its files one
global.wx = {
  request,
  uploadFile,
  canIUse: () => false,
  getSystemInfoSync: () => ({ brand: "b", model: "m", version: "8.0.0", SDKVersion: told.library || "3.0.0", platform: "devtools" }),
  getStorageSync: (name) => storage[name] || "",
  setStorageSync: (name, value) => ((storage[name] = value), keep()),
  removeStorageSync: (name) => (delete storage[name], keep()),
  getFileSystemManager: () => ({
    stat: reply(({ path }) => ({ stats: fs.statSync(path) })),
    readFile: reply(({ filePath, position = 0, length }) => {
      const whole = fs.readFileSync(filePath);
      const piece = whole.subarray(position, length === undefined ? undefined : position + length);
      return { data: piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length) };
    }),
  }),
};
console.log = () => {}; // it tells a lot

const size = (path) => fs.statSync(path).size;
const say = (kind) => (result) =>
  setImmediate(() => {
    const told = kind === "error" ? result.data || result : result;
    process.stdout.write(JSON.stringify({ [kind]: told, seen, storage }), () => process.exit(0));
  });
require(told.sdk).start({
  mediaFile: { tempFilePath: told.file, size: size(told.file) },
  coverFile: { tempFilePaths: [told.cover], tempFiles: [{ size: size(told.cover) }] },
  mediaName: told.name,
  chunkSize: 1 << 20,
  chunkParallelLimit: 1,
  getSignature: (callback) => callback(told.signature),
  progress() {},
  finish: say("finish"),
  error: say("error"),
});
